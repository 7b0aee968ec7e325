-- Who wants the week's figures mailed, and when.
CREATE TABLE report_mails (
    user_id         TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    weekday         INTEGER NOT NULL, -- 1 is Monday
    hour            INTEGER NOT NULL,
    tz              TEXT NOT NULL, -- IANA
    next_at         TIMESTAMP NOT NULL -- set anew in the transaction that puts a report to the mails
);
CREATE INDEX report_mails_by_time ON report_mails (next_at);
