-- What a realtime provider is told, and what calls cost.
ALTER TABLE agent_profiles ADD COLUMN instructions TEXT NOT NULL DEFAULT '';
ALTER TABLE agent_profiles ADD COLUMN greeting TEXT;
ALTER TABLE agent_profiles ADD COLUMN speech TEXT NOT NULL DEFAULT '{}'; -- JSON: voice, speed, turn detection, ...

ALTER TABLE calls ADD COLUMN provider TEXT;
ALTER TABLE calls ADD COLUMN cost_micros BIGINT NOT NULL DEFAULT 0; -- millionths of the currency
CREATE INDEX calls_by_start ON calls (organization_id, started_at);
