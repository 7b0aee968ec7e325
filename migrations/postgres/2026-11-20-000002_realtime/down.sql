DROP INDEX calls_by_start;
ALTER TABLE calls DROP COLUMN cost_micros;
ALTER TABLE calls DROP COLUMN provider;
ALTER TABLE agent_profiles DROP COLUMN speech;
ALTER TABLE agent_profiles DROP COLUMN greeting;
ALTER TABLE agent_profiles DROP COLUMN instructions;
