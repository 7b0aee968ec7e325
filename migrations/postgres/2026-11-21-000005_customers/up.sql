-- Customers, what they want and when: leads, appointments, messages, and events and to-dos beside what was done on calls.
CREATE TABLE customers (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    phone           TEXT, -- E.164
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    address         TEXT NOT NULL,
    notes           TEXT NOT NULL,
    language        TEXT NOT NULL,
    tags            TEXT NOT NULL, -- JSON array
    verified        BOOLEAN NOT NULL,
    sms_opted_out   BOOLEAN NOT NULL,
    search          TEXT NOT NULL, -- name, number and e-mail in lower case, for looking them up
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (organization_id, phone)
);
CREATE INDEX customers_of_organization ON customers (organization_id, id);

-- A call makes at most one. call_id refers to no row: the journal that makes it may still be on its way.
CREATE TABLE leads (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    customer_id     TEXT REFERENCES customers (id) ON DELETE SET NULL,
    call_id         TEXT,
    name            TEXT NOT NULL,
    phone           TEXT,
    need            TEXT NOT NULL,
    urgency         TEXT NOT NULL,
    budget          TEXT NOT NULL,
    address         TEXT NOT NULL,
    status          TEXT NOT NULL,
    value_minor     BIGINT, -- in the smallest unit of the currency; both or none
    currency        TEXT,
    owner_id        TEXT,
    notes           TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (organization_id, call_id)
);
CREATE INDEX leads_of_organization ON leads (organization_id, id);
CREATE INDEX leads_by_status ON leads (organization_id, status, id);
CREATE INDEX leads_by_creation ON leads (organization_id, created_at);
CREATE INDEX leads_of_customer ON leads (customer_id);

CREATE TABLE appointments (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    customer_id     TEXT REFERENCES customers (id) ON DELETE SET NULL,
    lead_id         TEXT REFERENCES leads (id) ON DELETE SET NULL,
    call_id         TEXT,
    resource        TEXT NOT NULL, -- who or what is booked
    service         TEXT NOT NULL,
    starts_at       TIMESTAMP NOT NULL,
    ends_at         TIMESTAMP NOT NULL,
    zone            TEXT NOT NULL, -- IANA name, for people
    status          TEXT NOT NULL,
    hold_until      TIMESTAMP, -- of one that is held
    name            TEXT NOT NULL,
    phone           TEXT,
    address         TEXT NOT NULL,
    notes           TEXT NOT NULL,
    sequence        BIGINT NOT NULL, -- how often it was changed, as calendars count
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX appointments_by_start ON appointments (organization_id, starts_at);
CREATE INDEX appointments_by_creation ON appointments (organization_id, created_at);
CREATE INDEX appointments_of_call ON appointments (organization_id, call_id);
CREATE INDEX appointments_held ON appointments (organization_id, hold_until);
CREATE INDEX appointments_of_customer ON appointments (customer_id);
CREATE INDEX appointments_of_lead ON appointments (lead_id);

-- The quarters of an hour that appointments take. The key is what keeps two from one slot, whoever books at the same time.
CREATE TABLE appointment_slots (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    resource        TEXT NOT NULL,
    slot_at         TIMESTAMP NOT NULL,
    appointment_id  TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, resource, slot_at)
);
CREATE INDEX appointment_slots_of_appointment ON appointment_slots (appointment_id);

-- The link by which calendar programs read an organization's appointments; renewing it ends the one before.
CREATE TABLE calendar_feeds (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    token_hash      TEXT NOT NULL UNIQUE, -- SHA-256
    created_at      TIMESTAMP NOT NULL
);

CREATE TABLE messages (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    customer_id     TEXT REFERENCES customers (id) ON DELETE SET NULL,
    call_id         TEXT,
    direction       TEXT NOT NULL,
    from_number     TEXT NOT NULL,
    to_number       TEXT NOT NULL,
    body            TEXT NOT NULL,
    template        TEXT,
    status          TEXT NOT NULL,
    sid             TEXT, -- the provider's name for it
    error_code      BIGINT, -- the provider's
    segments        BIGINT,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (organization_id, sid)
);
CREATE INDEX messages_of_organization ON messages (organization_id, id);
CREATE INDEX messages_of_call ON messages (organization_id, call_id);
CREATE INDEX messages_of_customer ON messages (customer_id);

-- What assistants have written on calls: the same effect, asked for again after a rebirth, finds its answer here.
CREATE TABLE tool_writes (
    call_id         TEXT NOT NULL,
    effect_id       BIGINT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    written         TEXT NOT NULL, -- JSON, what the assistant was told
    PRIMARY KEY (call_id, effect_id)
);
CREATE INDEX tool_writes_by_day ON tool_writes (organization_id, at);

-- For the dashboard: hand-offs of a time, and how long callers were talked with.
CREATE INDEX call_events_handoffs ON call_events (organization_id, at)
    WHERE kind IN ('handoff_requested', 'handoff_bridged', 'handoff_abandoned');
ALTER TABLE calls ADD COLUMN talk_ms BIGINT; -- from the answer to the end
UPDATE calls SET talk_ms = CAST(ROUND(EXTRACT(EPOCH FROM (ended_at - answered_at)) * 1000) AS BIGINT)
    WHERE answered_at IS NOT NULL AND ended_at IS NOT NULL;

-- An activity need not be of a call, and has a time to be done by.
ALTER TABLE activities ALTER COLUMN call_id DROP NOT NULL;
ALTER TABLE activities ADD COLUMN due_at TIMESTAMP; -- of a to-do
ALTER TABLE activities ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE activities ADD COLUMN updated_at TIMESTAMP;
UPDATE activities SET updated_at = at;
ALTER TABLE activities ALTER COLUMN updated_at SET NOT NULL;
