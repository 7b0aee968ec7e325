-- For how long an organization keeps what; without a row, for ever.
CREATE TABLE retention_periods (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    days            TEXT NOT NULL -- JSON: days by kind
);

-- What was deleted because its time was over: append only.
CREATE TABLE retention_runs (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    kind            TEXT NOT NULL,
    kept_days       BIGINT NOT NULL,
    deleted         BIGINT NOT NULL,
    bytes           BIGINT NOT NULL -- of files
);
CREATE INDEX retention_runs_of_organization ON retention_runs (organization_id, id);

-- When what was said on a call was deleted.
ALTER TABLE calls ADD COLUMN words_deleted_at TIMESTAMP;
CREATE INDEX calls_with_words ON calls (organization_id, id) WHERE words_deleted_at IS NULL;
