-- A draft of a profile beside the one that every profile has.
CREATE TABLE second_drafts (
    profile_id         TEXT PRIMARY KEY NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    organization_id    TEXT NOT NULL REFERENCES organizations (id),
    profile            TEXT NOT NULL, -- JSON
    revision           BIGINT NOT NULL,
    published_revision BIGINT NOT NULL, -- 0: none
    published_version  BIGINT NOT NULL, -- of the profile, as which that was published
    created_at         TIMESTAMP NOT NULL
);

-- Which draft answers in a replay, where no version does.
ALTER TABLE replays ADD COLUMN draft TEXT NOT NULL DEFAULT 'a'; -- a, b
