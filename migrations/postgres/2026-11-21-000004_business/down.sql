DROP TABLE phone_numbers;
DROP TABLE business_profiles;
DROP TABLE agent_profile_versions;
ALTER TABLE agent_profiles DROP COLUMN published_version;
ALTER TABLE agent_profiles DROP COLUMN published_revision;
ALTER TABLE agent_profiles DROP COLUMN revision;
ALTER TABLE agent_profiles DROP COLUMN notice;
ALTER TABLE agent_profiles DROP COLUMN style;
