-- The business behind the numbers, drafts and published versions of profiles, and which profile answers a number.

-- agent_profiles holds drafts from now on. A profile that was made before has revision 0 until the next start publishes it
-- as version 1.
ALTER TABLE agent_profiles ADD COLUMN style TEXT NOT NULL DEFAULT '{}'; -- JSON: the sliders
ALTER TABLE agent_profiles ADD COLUMN notice TEXT;                      -- what a caller hears first
ALTER TABLE agent_profiles ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;           -- one more for each change
ALTER TABLE agent_profiles ADD COLUMN published_revision BIGINT NOT NULL DEFAULT 0; -- the one that was published last
ALTER TABLE agent_profiles ADD COLUMN published_version BIGINT NOT NULL DEFAULT 0;  -- as which version; 0 as none

-- Never changed; the oldest go where there are too many.
CREATE TABLE agent_profile_versions (
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    version         BIGINT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile         TEXT NOT NULL, -- JSON, the whole profile with its keys
    published_at    TIMESTAMP NOT NULL,
    published_by    TEXT NOT NULL, -- JSON: kind, and id where it has one
    note            TEXT NOT NULL,
    PRIMARY KEY (profile_id, version)
);

-- At most one for an organization.
CREATE TABLE business_profiles (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    revision        BIGINT NOT NULL, -- one more for each change
    profile         TEXT NOT NULL,   -- JSON
    updated_at      TIMESTAMP NOT NULL
);

CREATE TABLE phone_numbers (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL UNIQUE, -- E.164; one of the whole installation
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id),
    answering       TEXT NOT NULL, -- JSON: label, mode, what happens otherwise, who is blocked
    created_at      TIMESTAMP NOT NULL
);
CREATE INDEX phone_numbers_of_organization ON phone_numbers (organization_id, id);
CREATE INDEX phone_numbers_of_profile ON phone_numbers (profile_id);
