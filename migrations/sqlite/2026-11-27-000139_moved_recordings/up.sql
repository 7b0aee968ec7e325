-- When a recording was moved to the object store; none while it lies in the data folder.
ALTER TABLE recordings ADD COLUMN moved_at TIMESTAMP;

CREATE INDEX recordings_to_move ON recordings (call_id) WHERE moved_at IS NULL;
