-- The agents of calls: one row for each call and agent. It outlives the user, to whom it refers by no row.
CREATE TABLE call_agents (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    user_id         TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    outcome         TEXT NOT NULL, -- talking, talked, accepted, declined, missed
    first_at        TIMESTAMP NOT NULL, -- when they first took it, or did not
    joined_at       TIMESTAMP,
    left_at         TIMESTAMP,
    talked_ms       BIGINT NOT NULL, -- of all that they have talked and are done with
    PRIMARY KEY (call_id, user_id)
);
CREATE INDEX call_agents_of_user ON call_agents (organization_id, user_id, outcome, call_id);
