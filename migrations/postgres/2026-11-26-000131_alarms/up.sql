-- What an organization wants to be told of while its calls last; without a row, nothing.
CREATE TABLE alarm_rules (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    rules           TEXT NOT NULL -- JSON
);

-- Alarms that were raised. Not bound to the row of the call, which may be written later; they go with the call.
CREATE TABLE alarms (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL,
    rule            TEXT NOT NULL, -- its name at that time
    detail          TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    acknowledged_at TIMESTAMP,
    acknowledged_by TEXT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (call_id, rule)
);
CREATE INDEX alarms_of_organization ON alarms (organization_id, id);
CREATE INDEX alarms_by_time ON alarms (organization_id, at);
