-- Links over which visitors talk with the assistant in their browser. A link's token is shown once, in its address.
CREATE TABLE talk_links (
    id                 TEXT PRIMARY KEY NOT NULL,
    organization_id    TEXT NOT NULL REFERENCES organizations (id),
    name               TEXT NOT NULL,
    token_hash         TEXT NOT NULL UNIQUE, -- SHA-256 in hex
    profile_id         TEXT NOT NULL REFERENCES agent_profiles (id), -- who answers
    enabled            BOOLEAN NOT NULL,
    calls_max          BIGINT NOT NULL, -- at once
    calls_per_hour_max BIGINT NOT NULL, -- from one address
    created_at         TIMESTAMP NOT NULL,
    last_used_at       TIMESTAMP
);
CREATE INDEX talk_links_of_organization ON talk_links (organization_id, id);
CREATE INDEX talk_links_of_profile ON talk_links (profile_id);
