DROP INDEX call_events_dialled;
DROP TABLE dial_policies;
DROP TABLE extensions;
ALTER TABLE agent_profiles DROP COLUMN handoff;
