-- Accounts at other services, one of a kind. Secrets are sealed with the server's key.
CREATE TABLE integrations (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL, -- twilio, openai, elevenlabs
    settings        TEXT NOT NULL, -- JSON, by kind
    secrets         TEXT NOT NULL, -- JSON: name to what is sealed and its last characters
    updated_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, kind)
);

-- Whom events are told.
CREATE TABLE webhooks (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    url             TEXT NOT NULL,
    events          TEXT NOT NULL, -- JSON array
    secret          TEXT NOT NULL, -- sealed
    enabled         BOOLEAN NOT NULL,
    failing_since   TIMESTAMP,     -- the first failure since the last success
    off_reason      TEXT,          -- why Cordboard has switched it off
    created_at      TIMESTAMP NOT NULL
);
CREATE INDEX webhooks_of_organization ON webhooks (organization_id, id);

-- The outbox: what is to be told to webhooks and people, and what became of it. A row is written in the transaction of
-- what it tells of.
CREATE TABLE deliveries (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    channel         TEXT NOT NULL, -- webhook, email, sms
    webhook_id      TEXT REFERENCES webhooks (id) ON DELETE CASCADE,
    target          TEXT NOT NULL, -- the webhook's id, or the address or number
    event           TEXT NOT NULL,
    body            TEXT NOT NULL, -- JSON: what is sent, or subject and text
    state           TEXT NOT NULL, -- waiting, delivered, failed
    attempts        INTEGER NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    due_at          TIMESTAMP NOT NULL, -- when it is tried next; while it is tried, when that counts as lost
    claimed         BOOLEAN NOT NULL,   -- it is being tried
    give_up_at      TIMESTAMP NOT NULL,
    tried_at        TIMESTAMP,
    status          INTEGER,       -- of the last answer
    answer          TEXT           -- the last answer, cut, or why there was none
);
CREATE INDEX deliveries_due ON deliveries (state, due_at);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_of_organization ON deliveries (organization_id, state, id);

-- Who is told of what by e-mail or text message.
CREATE TABLE notice_settings (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    settings        TEXT NOT NULL -- JSON
);

-- HTTP requests that a profile's assistant may have made.
CREATE TABLE custom_tools (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    description     TEXT NOT NULL,
    method          TEXT NOT NULL,
    url             TEXT NOT NULL,
    parameters      TEXT NOT NULL, -- JSON schema
    headers         TEXT NOT NULL, -- JSON array; values are sealed
    timeout_ms      INTEGER NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    UNIQUE (profile_id, name)
);
CREATE INDEX custom_tools_of_organization ON custom_tools (organization_id, profile_id);
