DROP INDEX call_events_dialled;
CREATE INDEX call_events_dialled ON call_events (organization_id, at) WHERE kind IN ('handoff_requested', 'transfer_requested');
DROP TABLE idempotency_keys;
ALTER TABLE calls DROP COLUMN failure;
