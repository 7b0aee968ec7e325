-- Beside hours and days, `figures` has months of the business's zone (grain: month), which are made of the days: a report of a year by key reads them
-- instead of thirty days each.

-- Days that have changed since their months were made. Triggers write them, in the transaction that changes a day, also where a server of an older
-- version does: a month without a mark says what its days say. Each change gives the mark another id, so that whoever makes a month takes away
-- only the changes that they have seen.
CREATE TABLE figure_month_marks (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL, -- when the day begins
    id              TEXT NOT NULL,
    PRIMARY KEY (organization_id, at)
) WITHOUT ROWID;
INSERT INTO figure_month_marks (organization_id, at, id)
    SELECT organization_id, at, lower(hex(randomblob(16))) FROM figures WHERE grain = 'day' AND cut = 'all';
-- A day has a row of all calls as long as it has any.
CREATE TRIGGER figures_insert_marks_month AFTER INSERT ON figures WHEN new.grain = 'day' AND new.cut = 'all' BEGIN
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (new.organization_id, new.at, lower(hex(randomblob(16))))
        ON CONFLICT (organization_id, at) DO UPDATE SET id = excluded.id;
END;
CREATE TRIGGER figures_delete_marks_month AFTER DELETE ON figures WHEN old.grain = 'day' AND old.cut = 'all' BEGIN
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (old.organization_id, old.at, lower(hex(randomblob(16))))
        ON CONFLICT (organization_id, at) DO UPDATE SET id = excluded.id;
END;

-- The calls of a profile, the newest first. Without the organization: with it, SQLite took this index also where the calls of a caller and a profile
-- are asked for.
CREATE INDEX calls_by_profile ON calls (profile_id, id);
