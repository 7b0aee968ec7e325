-- Calls, and profiles' examples, that were run again against a profile, and what came of it.
CREATE TABLE replays (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL, -- call, examples
    call_id         TEXT REFERENCES calls (id) ON DELETE CASCADE,
    asked_by        TEXT NOT NULL, -- a name; empty for a program
    version         BIGINT, -- none: the draft
    draft_revision  BIGINT NOT NULL,
    state           TEXT NOT NULL, -- running, done, stopped, failed
    reason          TEXT, -- why it failed
    steps           BIGINT NOT NULL,
    steps_done      BIGINT NOT NULL,
    cost_micros     BIGINT NOT NULL,
    started_at      TIMESTAMP NOT NULL,
    ended_at        TIMESTAMP,
    result          TEXT NOT NULL -- JSON
);
CREATE INDEX replays_of_profile ON replays (profile_id, id);
CREATE INDEX replays_of_organization ON replays (organization_id, started_at);
CREATE INDEX replays_of_call ON replays (call_id);

-- Calls, and single exchanges, that are kept with what is expected of a profile.
CREATE TABLE examples (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    call_id         TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    turn_seq        BIGINT, -- the one turn that is asked; none: the whole call
    name            TEXT NOT NULL,
    expectations    TEXT NOT NULL, -- JSON
    created_at      TIMESTAMP NOT NULL
);
CREATE INDEX examples_of_profile ON examples (profile_id, id);
CREATE INDEX examples_of_call ON examples (call_id);
