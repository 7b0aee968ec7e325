-- Milliseconds of a call that were to be recorded and are not: silence of its recording, or missing at its end. Calls of earlier versions have 0:
-- what they lack stands in no journal.
ALTER TABLE calls ADD COLUMN recording_lost_ms BIGINT NOT NULL DEFAULT 0;
