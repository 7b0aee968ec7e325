-- Sums lie in rows of their own kind instead of in the key's tree: a tree of keys keeps at most 1 KB of a row beside its key, so that each sum (1.6 KB)
-- had a page of 4 KB to itself, and whoever looked for one key read of all others what lay beside theirs. Two sums share a page now, and the key's
-- tree has keys alone. Rows are copied in the order of the key: those of a report lie beside each other.
CREATE TABLE figures_in_rows (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    grain           TEXT NOT NULL, -- hour, day, month
    cut             TEXT NOT NULL, -- as in Cut of the schema
    at              TIMESTAMP NOT NULL, -- when the hour, the day or the month begins
    key             TEXT NOT NULL, -- which number, profile and so on; empty of all
    sums            TEXT NOT NULL, -- JSON
    PRIMARY KEY (organization_id, grain, cut, at, key)
);
INSERT INTO figures_in_rows (organization_id, grain, cut, at, key, sums)
    SELECT organization_id, grain, cut, at, key, sums FROM figures ORDER BY organization_id, grain, cut, at, key;
-- Its triggers go with it; those of the new one come after the rows, of which no day has changed.
DROP TABLE figures;
ALTER TABLE figures_in_rows RENAME TO figures;
CREATE TRIGGER figures_insert_marks_month AFTER INSERT ON figures WHEN new.grain = 'day' AND new.cut = 'all' BEGIN
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (new.organization_id, new.at, lower(hex(randomblob(16))))
        ON CONFLICT (organization_id, at) DO UPDATE SET id = excluded.id;
END;
CREATE TRIGGER figures_delete_marks_month AFTER DELETE ON figures WHEN old.grain = 'day' AND old.cut = 'all' BEGIN
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (old.organization_id, old.at, lower(hex(randomblob(16))))
        ON CONFLICT (organization_id, at) DO UPDATE SET id = excluded.id;
END;
