-- What an organization asks of calls that are over; without a row, nothing.
CREATE TABLE scorecards (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    card            TEXT NOT NULL -- JSON
);

-- How calls were scored; they go with their calls.
CREATE TABLE call_scores (
    call_id         TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    percent         BIGINT, -- 0 to 100; none where no answer has a number
    score           TEXT NOT NULL -- JSON
);
CREATE INDEX call_scores_of_organization ON call_scores (organization_id, call_id);
