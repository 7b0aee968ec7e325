-- When a recording became Opus, or stayed WAV for good; none while it is WAV and nobody has looked.
ALTER TABLE recordings ADD COLUMN encoded_at TIMESTAMP;
-- Why it can't be encoded for now; none where it can. Looked at again by the next start.
ALTER TABLE recordings ADD COLUMN set_aside TEXT;

CREATE INDEX recordings_to_encode ON recordings (call_id) WHERE encoded_at IS NULL AND set_aside IS NULL;
CREATE INDEX recordings_set_aside ON recordings (call_id) WHERE set_aside IS NOT NULL;
