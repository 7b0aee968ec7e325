-- Campaigns: lists of people who are called.
CREATE TABLE campaigns (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    state           TEXT NOT NULL, -- draft, running, paused, stopped, finished
    settings        TEXT NOT NULL, -- JSON: who talks, over which line, how often and when
    trouble         TEXT, -- why the newest call could not be made; none where it could
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX campaigns_of_organization ON campaigns (organization_id, id);

-- The people of a campaign.
CREATE TABLE contacts (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    campaign_id     TEXT NOT NULL REFERENCES campaigns (id),
    number          TEXT NOT NULL, -- E.164
    variables       TEXT NOT NULL, -- JSON: what the assistant is told of them, by name
    zone            TEXT, -- their time zone (IANA), where somebody said it; else the number's
    consent         TEXT NOT NULL, -- where it is written that they agreed; empty where nowhere
    state           TEXT NOT NULL, -- waiting, calling, done
    end_reason      TEXT, -- why they are not called any more
    next_at         TIMESTAMP NOT NULL, -- not called before then
    tries           BIGINT NOT NULL,
    last_outcome    TEXT,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
-- A list that is taken in twice has everybody once.
CREATE UNIQUE INDEX contacts_by_number ON contacts (campaign_id, number);
CREATE INDEX contacts_of_campaign ON contacts (campaign_id, id);
CREATE INDEX contacts_due ON contacts (campaign_id, next_at, id) WHERE state = 'waiting';

-- Tries to reach somebody. They outlive their campaign: how often a number may be called counts them.
CREATE TABLE attempts (
    call_id         TEXT PRIMARY KEY NOT NULL, -- given when it is reserved, before there is a call
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    campaign_id     TEXT NOT NULL,
    contact_id      TEXT NOT NULL,
    number          TEXT NOT NULL, -- E.164
    reserved_at     TIMESTAMP NOT NULL,
    dialled_at      TIMESTAMP, -- when the call had begun
    closed_at       TIMESTAMP, -- none while nobody knows what became of it
    outcome         TEXT
);
CREATE INDEX attempts_open ON attempts (reserved_at) WHERE closed_at IS NULL;
CREATE INDEX attempts_of_contact ON attempts (contact_id);
CREATE INDEX attempts_of_campaign ON attempts (campaign_id, call_id);
CREATE INDEX attempts_of_number ON attempts (organization_id, number, reserved_at);

-- Who is not to be called.
CREATE TABLE suppressions (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    source          TEXT NOT NULL, -- api, assistant
    evidence        TEXT NOT NULL, -- what was said, or written
    call_id         TEXT, -- on which it was said
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, number)
);
