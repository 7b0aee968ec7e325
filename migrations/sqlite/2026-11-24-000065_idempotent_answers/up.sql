-- Requests that make something and have an Idempotency-Key, for 24 h: what they were answered.
CREATE TABLE idempotent_answers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    asker           TEXT NOT NULL, -- whose key it is
    key             TEXT NOT NULL,
    request         TEXT NOT NULL, -- a digest of what was asked
    subject         TEXT,          -- what it has made, by the audit log
    status          INTEGER,       -- none: the answer is not kept
    location        TEXT,
    body            TEXT,
    bytes           BIGINT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, asker, key)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);
