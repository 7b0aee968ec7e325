-- What becomes of caller and assistant at a hand-off, and whom calls may dial.
-- dtmf_actions.digit holds from now on one key or several in order, as '12#'.
ALTER TABLE agent_profiles ADD COLUMN handoff TEXT NOT NULL DEFAULT '{}'; -- JSON: after_handoff, assistant_in_handoff

-- They stand before the configuration's [extensions] of the same name.
CREATE TABLE extensions (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    title           TEXT NOT NULL, -- for people; may be empty
    target          TEXT NOT NULL, -- context,extension,priority
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, name)
);

-- At most one for an organization; without one the configuration's [dial_policy] holds.
CREATE TABLE dial_policies (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    numbers_allowed TEXT NOT NULL, -- JSON array of patterns
    per_call_max    BIGINT NOT NULL,
    per_day_max     BIGINT NOT NULL
);

-- Counted every few seconds: what calls have dialled today.
CREATE INDEX call_events_dialled ON call_events (organization_id, at) WHERE kind IN ('handoff_requested', 'transfer_requested');
