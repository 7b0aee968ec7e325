-- What of a call's journal counts in figures, folded with the row. JSON; none of the calls before, whose journal says it.
ALTER TABLE calls ADD COLUMN tally TEXT;

-- Sums of calls by hour and by day of the business's zone, and by what calls have in common. They are made of the rows of calls,
-- hour by hour, behind the journal; what is here can be made anew at any time.
CREATE TABLE figures (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    grain           TEXT NOT NULL, -- hour, day
    cut             TEXT NOT NULL, -- all, number, profile, version, queue, agent, provider
    at              TIMESTAMP NOT NULL, -- when the hour or the day begins
    key             TEXT NOT NULL, -- which number, profile and so on; empty of all
    sums            TEXT NOT NULL, -- JSON
    PRIMARY KEY (organization_id, grain, cut, at, key)
);

-- Quarters of an hour in which something has changed since they were counted. Written with the change; each has a row of its own,
-- so that nobody waits for anybody.
CREATE TABLE figure_marks (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL
);
CREATE INDEX figure_marks_by_time ON figure_marks (organization_id, at);

-- The zone whose hours and days an organization's figures are. None where they were never counted.
CREATE TABLE figure_zones (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    zone            TEXT NOT NULL -- IANA
);
