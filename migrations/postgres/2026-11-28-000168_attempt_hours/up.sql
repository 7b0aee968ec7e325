-- Sums of closed attempts by the hour of the callee's week at which they were made, so that the hour of a further try is chosen by all calls of the
-- last months. The server keeps them with the other sums (`src/store/campaigns/hour_sums.rs`).

-- The hour at which it was made, where the callee is: 0 to 23 of a workday, 24 to 47 of a Saturday or Sunday, -1 where no zone of theirs is known.
-- None where an earlier version has made it: which zone a number is in is known to the server alone, so the server fills these in behind the
-- migrations.
ALTER TABLE attempts ADD COLUMN callee_hour INTEGER;
-- Which try of its contact it is: 1, 2, or 3 for the third and all behind it. None as above.
ALTER TABLE attempts ADD COLUMN callee_try INTEGER;
CREATE INDEX attempts_without_hour ON attempts (callee_hour) WHERE callee_hour IS NULL;

CREATE TABLE attempt_hours (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    month           TEXT NOT NULL, -- in which they were made, in UTC, as 2026-11
    campaign_id     TEXT NOT NULL,
    hour            INTEGER NOT NULL, -- callee_hour
    nth             INTEGER NOT NULL, -- callee_try
    rang            BIGINT NOT NULL, -- attempts that tell whether a person answers at this hour
    answered        BIGINT NOT NULL, -- those of them that a person answered
    PRIMARY KEY (organization_id, month, campaign_id, hour, nth)
);
