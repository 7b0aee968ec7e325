-- Who changed or looked at what: append only.
CREATE TABLE audit_log (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    actor           TEXT NOT NULL, -- JSON: kind, and id where it has one
    action          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    address         TEXT,
    detail          TEXT NOT NULL
);
CREATE INDEX audit_log_of_organization ON audit_log (organization_id, id);
