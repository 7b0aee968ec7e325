-- Ids are UUIDs v7 as text (they sort by time), times are naive UTC, JSON is text: the same on every backend.

CREATE TABLE organizations (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE agent_profiles (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    language        TEXT NOT NULL,
    tools           TEXT NOT NULL, -- JSON array of names
    created_at      TIMESTAMP NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE dtmf_actions (
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    digit           TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    action          TEXT NOT NULL, -- JSON, as {"action":"transfer_call","target":"operator"}
    PRIMARY KEY (profile_id, digit)
);

-- Folded from call_events in the transaction that appends them; last_seq says how far.
-- profile_id refers to no row: a profile may go, and the call keeps the copy that its first event holds.
CREATE TABLE calls (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    state           TEXT NOT NULL,
    direction       TEXT NOT NULL,
    from_party      TEXT,
    to_party        TEXT,
    leg_kind        TEXT,
    started_at      TIMESTAMP NOT NULL,
    answered_at     TIMESTAMP,
    ended_at        TIMESTAMP,
    hangup_cause    TEXT,
    hangup_by       TEXT,
    profile_id      TEXT NOT NULL,
    next            TEXT NOT NULL, -- JSON, what the dialplan is told
    last_seq        BIGINT NOT NULL
);
CREATE INDEX calls_of_organization ON calls (organization_id, id);
CREATE INDEX calls_by_state ON calls (state, organization_id, id);

-- A switch may use a name again, so a name is no key.
CREATE TABLE call_outside_ids (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    position        INTEGER NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL,
    value           TEXT NOT NULL,
    PRIMARY KEY (call_id, position)
);
CREATE INDEX call_outside_ids_by_value ON call_outside_ids (kind, value);

-- The journal: append only.
CREATE TABLE call_events (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    seq             BIGINT NOT NULL CHECK (seq > 0),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    kind            TEXT NOT NULL,
    data            TEXT NOT NULL, -- JSON, the whole event with its kind
    PRIMARY KEY (call_id, seq)
);

CREATE TABLE transcript_items (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    seq             BIGINT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    role            TEXT NOT NULL,
    text            TEXT NOT NULL,
    interrupted     BOOLEAN NOT NULL,
    PRIMARY KEY (call_id, seq)
);

-- One for a call: a call that resumes goes on in the same file.
CREATE TABLE recordings (
    call_id         TEXT PRIMARY KEY NOT NULL REFERENCES calls (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    file            TEXT NOT NULL, -- name below the recordings folder
    duration_ms     BIGINT -- none while it is being written
);

CREATE TABLE activities (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL REFERENCES calls (id),
    activity_type   TEXT NOT NULL,
    action          TEXT NOT NULL,
    title           TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    audio_from_ms   BIGINT, -- place in the call's recording; both or none
    audio_to_ms     BIGINT
);
CREATE INDEX activities_of_organization ON activities (organization_id, id);
CREATE INDEX activities_of_call ON activities (call_id, id);
