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
);
INSERT INTO figure_month_marks (organization_id, at, id)
    SELECT organization_id, at, gen_random_uuid()::text FROM figures WHERE grain = 'day' AND cut = 'all';
CREATE FUNCTION mark_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day figures%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN day := OLD; ELSE day := NEW; END IF;
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (day.organization_id, day.at, gen_random_uuid()::text)
        ON CONFLICT (organization_id, at) DO UPDATE SET id = EXCLUDED.id;
    RETURN NULL;
END
$$;
-- A day has a row of all calls as long as it has any.
CREATE TRIGGER figures_insert_marks_month AFTER INSERT ON figures FOR EACH ROW
    WHEN (NEW.grain = 'day' AND NEW.cut = 'all') EXECUTE FUNCTION mark_month();
CREATE TRIGGER figures_delete_marks_month AFTER DELETE ON figures FOR EACH ROW
    WHEN (OLD.grain = 'day' AND OLD.cut = 'all') EXECUTE FUNCTION mark_month();

-- The calls of a profile, the newest first.
CREATE INDEX calls_by_profile ON calls (profile_id, id);
