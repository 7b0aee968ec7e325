-- Ids of the records that a retention run deleted, by transaction: append only. Runs of earlier versions have none.
CREATE TABLE retention_parts (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    run_id          TEXT NOT NULL REFERENCES retention_runs (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    record_type     TEXT NOT NULL,
    record_ids      TEXT NOT NULL -- JSON: an array of ids
);
CREATE INDEX retention_parts_of_run ON retention_parts (run_id, id);
