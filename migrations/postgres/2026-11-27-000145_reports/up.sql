-- Up to which moment it stands of calls whether their callers have called again: those that began before it are counted as resolved or
-- not. None where that was never counted.
ALTER TABLE figure_zones ADD COLUMN settled_until TIMESTAMP;

-- Whether somebody has called again within a week.
CREATE INDEX calls_by_party_start ON calls (organization_id, party_number, started_at) WHERE party_number IS NOT NULL;

-- Days whose calls are in the warehouse, or are being written to it.
CREATE TABLE exported_days (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    day             TEXT NOT NULL, -- of the zone of the figures, as 2026-11-27
    changes         BIGINT NOT NULL, -- how often its calls have changed since it was first written
    written         BIGINT, -- how often they had when what is in the warehouse was read; none before it is there
    claimed_until   TIMESTAMP, -- until when the server that writes it is left alone
    PRIMARY KEY (organization_id, day)
);
