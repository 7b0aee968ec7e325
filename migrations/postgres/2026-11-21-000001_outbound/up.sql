-- Calls that we make: why one has not reached whom it was for, and the requests that are done once.
ALTER TABLE calls ADD COLUMN failure TEXT;

-- A client's Idempotency-Key, for 24 h.
CREATE TABLE idempotency_keys (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    key             TEXT NOT NULL,
    request         TEXT NOT NULL, -- a digest of what was asked
    call_id         TEXT NOT NULL, -- the call that it makes, or made
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Calls that we make are dialled too.
DROP INDEX call_events_dialled;
CREATE INDEX call_events_dialled ON call_events (organization_id, at) WHERE kind IN ('handoff_requested', 'transfer_requested', 'dial_requested');
