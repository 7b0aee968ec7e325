-- What shadows made of calls: a second voice that hears a share of a profile's calls, and that no caller hears. Not bound to the row of
-- the call, which may be written later; it goes with the call's words.
CREATE TABLE shadow_calls (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    call_id         TEXT NOT NULL,
    given_by        TEXT NOT NULL, -- who answered the caller
    provider        TEXT NOT NULL, -- whose voice the shadow had
    started_at      TIMESTAMP NOT NULL,
    ended_at        TIMESTAMP,
    failure         TEXT,
    cost_micros     BIGINT NOT NULL,
    turns           TEXT NOT NULL -- JSON
);
CREATE INDEX shadow_calls_of_profile ON shadow_calls (profile_id, id);
CREATE INDEX shadow_calls_of_month ON shadow_calls (profile_id, started_at);
CREATE INDEX shadow_calls_of_call ON shadow_calls (call_id);
