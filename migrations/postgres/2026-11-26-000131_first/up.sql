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
    -- What a realtime provider is told, and what calls cost.
    instructions    TEXT NOT NULL DEFAULT '',
    greeting        TEXT,
    speech          TEXT NOT NULL DEFAULT '{}', -- JSON: voice, speed, turn detection, ...
    handoff         TEXT NOT NULL DEFAULT '{}', -- JSON: after_handoff, assistant_in_handoff
    style           TEXT NOT NULL DEFAULT '{}', -- JSON: the sliders
    notice          TEXT, -- what a caller hears first
    revision        BIGINT NOT NULL DEFAULT 0, -- one more for each change
    published_revision BIGINT NOT NULL DEFAULT 0, -- the one that was published last
    published_version  BIGINT NOT NULL DEFAULT 0, -- as which version; 0 as none
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
    last_seq        BIGINT NOT NULL,
    provider        TEXT,
    cost_micros     BIGINT NOT NULL DEFAULT 0, -- millionths of the currency
    -- Calls that we make: why one has not reached whom it was for, and the requests that are done once.
    failure         TEXT,
    talk_ms         BIGINT, -- from the answer to the end
    -- The number of the party of a call that is not ours, in its one form: nothing else makes two calls one person's.
    party_number    TEXT,
    -- What of a call's journal counts in figures, folded with the row. JSON; none of the calls before, whose journal says it.
    tally           TEXT,
    -- When what was said on a call was deleted.
    words_deleted_at TIMESTAMP,
    identity         TEXT -- JSON
);
CREATE INDEX calls_of_organization ON calls (organization_id, id);
CREATE INDEX calls_by_state ON calls (state, organization_id, id);
CREATE INDEX calls_by_start ON calls (organization_id, started_at);
CREATE INDEX calls_by_party_number ON calls (organization_id, party_number, id);
CREATE INDEX calls_with_words ON calls (organization_id, id) WHERE words_deleted_at IS NULL;

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
CREATE INDEX call_events_handoffs ON call_events (organization_id, at)
    WHERE kind IN ('handoff_requested', 'agent_requested', 'handoff_bridged', 'handoff_abandoned');
CREATE INDEX call_events_dialled ON call_events (at, organization_id) WHERE kind IN ('handoff_requested', 'transfer_requested', 'dial_requested');

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
    call_id         TEXT REFERENCES calls (id),
    activity_type   TEXT NOT NULL,
    action          TEXT NOT NULL,
    title           TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    audio_from_ms   BIGINT, -- place in the call's recording; both or none
    audio_to_ms     BIGINT,
    due_at          TIMESTAMP, -- of a to-do
    notes           TEXT NOT NULL DEFAULT '',
    updated_at      TIMESTAMP NOT NULL,
    owner_id        TEXT -- a user
);
CREATE INDEX activities_of_organization ON activities (organization_id, id);
CREATE INDEX activities_of_call ON activities (call_id, id);
CREATE INDEX activities_to_be_done ON activities (organization_id, id) WHERE action <> 'completed';

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

-- A client's Idempotency-Key, for 24 h.
CREATE TABLE idempotency_keys (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    key             TEXT NOT NULL,
    request         TEXT NOT NULL, -- a digest of what was asked
    call_id         TEXT NOT NULL, -- the call that it makes, or made
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who changed or looked at what: append only.
CREATE TABLE audit_log (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    actor           TEXT NOT NULL, -- JSON: kind, and id where it has one
    action          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    address         TEXT,
    detail          TEXT NOT NULL
);
CREATE INDEX audit_log_of_organization ON audit_log (organization_id, id);

-- Who signs in, and with what. Secrets are hashed (argon2id, SHA-256 of random tokens) or sealed with the server's key.
CREATE TABLE users (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email           TEXT NOT NULL UNIQUE, -- lower case; one user of the whole installation
    name            TEXT NOT NULL,
    role            TEXT NOT NULL,
    status          TEXT NOT NULL,
    password_hash   TEXT NOT NULL,
    totp_secret     TEXT, -- sealed
    totp_pending    TEXT, -- sealed; offered, not confirmed yet
    totp_step       BIGINT NOT NULL, -- the newest whose code was used
    recovery_codes  TEXT NOT NULL, -- JSON array of hashes
    created_at      TIMESTAMP NOT NULL,
    last_sign_in_at TIMESTAMP
);
CREATE INDEX users_of_organization ON users (organization_id, id);

-- A row is one sign-in: a family of refresh tokens, of which the newest alone is good, or a page's cookie.
CREATE TABLE login_sessions (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    user_id         TEXT REFERENCES users (id) ON DELETE CASCADE, -- none: the admin token, on a page
    kind            TEXT NOT NULL, -- page, program
    secret_hash     TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    used_at         TIMESTAMP NOT NULL,
    expires_at      TIMESTAMP NOT NULL,
    address         TEXT,
    user_agent      TEXT,
    -- Only the refresh token before the newest says that somebody has a copy: any other wrong secret is refused and ends nothing.
    previous_hash   TEXT
);
CREATE INDEX login_sessions_of_user ON login_sessions (user_id, id);
CREATE INDEX login_sessions_by_end ON login_sessions (expires_at);

-- created_by refers to no row: a token outlives who made it.
CREATE TABLE api_tokens (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    token_hash      TEXT NOT NULL UNIQUE,
    scopes          TEXT NOT NULL, -- JSON array of permissions
    created_by      TEXT,
    created_at      TIMESTAMP NOT NULL,
    expires_at      TIMESTAMP,
    last_used_at    TIMESTAMP
);
CREATE INDEX api_tokens_of_organization ON api_tokens (organization_id, id);

CREATE TABLE invitations (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email           TEXT, -- none: the setup token of a first start
    role            TEXT NOT NULL,
    token_hash      TEXT NOT NULL UNIQUE,
    created_at      TIMESTAMP NOT NULL,
    expires_at      TIMESTAMP NOT NULL,
    made_by         TEXT
);
CREATE INDEX invitations_of_organization ON invitations (organization_id, id);

CREATE TABLE password_resets (
    token_hash      TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at      TIMESTAMP NOT NULL,
    expires_at      TIMESTAMP NOT NULL
);
CREATE INDEX password_resets_of_user ON password_resets (user_id);

-- Never changed; the oldest go where there are too many.
CREATE TABLE agent_profile_versions (
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    version         BIGINT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile         TEXT NOT NULL, -- JSON, the whole profile with its keys
    published_at    TIMESTAMP NOT NULL,
    published_by    TEXT NOT NULL, -- JSON: kind, and id where it has one
    note            TEXT NOT NULL,
    PRIMARY KEY (profile_id, version)
);

-- At most one for an organization.
CREATE TABLE business_profiles (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    revision        BIGINT NOT NULL, -- one more for each change
    profile         TEXT NOT NULL,   -- JSON
    updated_at      TIMESTAMP NOT NULL
);

CREATE TABLE phone_numbers (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL UNIQUE, -- E.164; one of the whole installation
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id),
    answering       TEXT NOT NULL, -- JSON: label, mode, what happens otherwise, who is blocked
    created_at      TIMESTAMP NOT NULL,
    -- How it is known that a number is its organization's: 'operator', the name of its own account at Twilio that lists it, or 'none'.
    -- What the first organization had is the operator's. What others had nobody has proved: it is found by their own accounts alone.
    proof           TEXT NOT NULL DEFAULT 'none'
);
CREATE INDEX phone_numbers_of_organization ON phone_numbers (organization_id, id);
CREATE INDEX phone_numbers_of_profile ON phone_numbers (profile_id);

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
    -- What is to be done next with a lead, in the words of who looks after it.
    next_step       TEXT NOT NULL DEFAULT '',
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
    created_at      TIMESTAMP NOT NULL,
    -- Who made what goes on without them, by the user's id. What was there before has no maker: it is the organization's.
    -- `api_tokens` has had `created_by` from its beginning.
    made_by         TEXT
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
    done_at         TIMESTAMP,
    done_by         TEXT, -- a user; none where a program did it
    UNIQUE (organization_id, sid)
);
CREATE INDEX messages_of_organization ON messages (organization_id, id);
CREATE INDEX messages_of_call ON messages (organization_id, call_id);
CREATE INDEX messages_of_customer ON messages (customer_id);
-- Text messages that wait, or are being sent: looked for every few seconds.
CREATE INDEX messages_by_status ON messages (status, updated_at);
CREATE INDEX messages_to_be_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NULL;

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

-- Accounts at other services, one of a kind. Secrets are sealed with the server's key.
CREATE TABLE integrations (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL, -- twilio, openai, elevenlabs
    settings        TEXT NOT NULL, -- JSON, by kind
    secrets         TEXT NOT NULL, -- JSON: name to what is sealed and its last characters
    updated_at      TIMESTAMP NOT NULL,
    made_by         TEXT,
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
    created_at      TIMESTAMP NOT NULL,
    made_by         TEXT
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
-- What was told to people lately: it is gathered, and has a limit a day.
CREATE INDEX deliveries_of_day ON deliveries (organization_id, channel, created_at);

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
    last_used_at       TIMESTAMP,
    made_by            TEXT,
    origins            TEXT NOT NULL DEFAULT '', -- ' https://a.example http://localhost:3000 '
    widget_position    TEXT NOT NULL DEFAULT 'right', -- right, left
    widget_accent      TEXT, -- #rrggbb
    widget_greeting    TEXT NOT NULL DEFAULT '',
    signing_secret     TEXT, -- sealed
    signing_secret_made_at TIMESTAMP
);
CREATE INDEX talk_links_of_organization ON talk_links (organization_id, id);
CREATE INDEX talk_links_of_profile ON talk_links (profile_id);

-- The floor: who takes calls at a desk, in which queues, and what they write down afterwards.
-- How a user takes calls. A user without a row takes them in the browser, at no extension of their own.
CREATE TABLE agents (
    user_id         TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    extension       TEXT, -- a name; who asks for it asks for them
    audio           TEXT NOT NULL, -- browser, phone
    skills          TEXT NOT NULL, -- JSON array
    -- How many calls an agent has at once, those that are offered to them too. Whoever was there has one, as before.
    calls_max       INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, extension)
);

CREATE TABLE queues (
    id               TEXT PRIMARY KEY NOT NULL,
    organization_id  TEXT NOT NULL REFERENCES organizations (id),
    name             TEXT NOT NULL,
    title            TEXT NOT NULL, -- for people; may be empty
    strategy         TEXT NOT NULL,
    ring_s           INTEGER NOT NULL,
    skills           TEXT NOT NULL, -- JSON array
    priority         INTEGER NOT NULL,
    max_wait_s       INTEGER NOT NULL,
    max_waiting      INTEGER NOT NULL,
    overflow         TEXT NOT NULL, -- JSON
    in_hours_only    BOOLEAN NOT NULL,
    tells_position   BOOLEAN NOT NULL,
    wrap_up_s        INTEGER NOT NULL,
    wrap_up_required BOOLEAN NOT NULL,
    created_at       TIMESTAMP NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE queue_members (
    queue_id        TEXT NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    tier            INTEGER NOT NULL, -- who has a smaller one is asked first
    PRIMARY KEY (queue_id, user_id)
);
CREATE INDEX queue_members_of_user ON queue_members (user_id);
CREATE INDEX queue_members_of_organization ON queue_members (organization_id);

CREATE TABLE dispositions (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    position        INTEGER NOT NULL, -- from 1
    UNIQUE (organization_id, name)
);

CREATE TABLE presence_reasons (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    position        INTEGER NOT NULL, -- from 1
    UNIQUE (organization_id, name)
);

-- What an agent has written down of a call. It outlives whom and what it names: user, queue, disposition; and the journal that
-- makes the call may still be on its way.
CREATE TABLE wrap_ups (
    call_id          TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    organization_id  TEXT NOT NULL REFERENCES organizations (id),
    queue_id         TEXT,
    disposition_id   TEXT,
    disposition_name TEXT, -- what it was called when it was chosen
    note             TEXT NOT NULL,
    started_at       TIMESTAMP NOT NULL,
    ended_at         TIMESTAMP NOT NULL,
    PRIMARY KEY (call_id, user_id)
);
CREATE INDEX wrap_ups_by_end ON wrap_ups (organization_id, ended_at);

-- Who is to be called back; of one call one at most. user_id refers to no row: who has done it is known when they have gone.
CREATE TABLE callbacks (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    queue_id        TEXT REFERENCES queues (id) ON DELETE SET NULL,
    call_id         TEXT NOT NULL,
    customer_id     TEXT REFERENCES customers (id) ON DELETE SET NULL,
    phone           TEXT NOT NULL, -- E.164
    about           TEXT NOT NULL,
    state           TEXT NOT NULL, -- open, claimed, done
    user_id         TEXT,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (organization_id, call_id)
);
CREATE INDEX callbacks_of_organization ON callbacks (organization_id, id);
CREATE INDEX callbacks_by_state ON callbacks (organization_id, state, id);
CREATE INDEX callbacks_of_queue ON callbacks (queue_id);
CREATE INDEX callbacks_of_customer ON callbacks (customer_id);
CREATE INDEX callbacks_of_user ON callbacks (user_id);

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
    -- The queue by which an agent got a call. It refers to no row: a queue may be removed.
    queue_id        TEXT,
    PRIMARY KEY (call_id, user_id)
);
CREATE INDEX call_agents_of_user ON call_agents (organization_id, user_id, outcome, call_id);
-- Who has left a call lately is looked for when the server starts.
CREATE INDEX call_agents_by_end ON call_agents (left_at);

-- What of the house's telephony an organization may use, by name: nothing where there is no row. The first organization has all of it.
CREATE TABLE grants (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL, -- switch, context, trunk, caller_id
    name            TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind, name)
);

-- Mails with a link that wait for the mail server: written in the transaction of what the link opens, and gone once they were
-- brought or given up.
CREATE TABLE mails (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    recipient       TEXT NOT NULL, -- an e-mail address
    subject         TEXT NOT NULL,
    sealed_text     TEXT NOT NULL, -- it holds the link
    link_hash       TEXT NOT NULL, -- token_hash of the invitation or password reset: once that is gone, the mail is of no use
    attempts        INTEGER NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    due_at          TIMESTAMP NOT NULL, -- when it is tried next; while it is tried, when that counts as lost
    give_up_at      TIMESTAMP NOT NULL
);
CREATE INDEX mails_due ON mails (due_at);

-- How often what calls and desks go by has been changed: whoever keeps a copy of it asks for this number, and reads all of it only where
-- that is another one. Triggers count, so that no change goes uncounted, whoever makes it.
CREATE TABLE revisions (
    subject  TEXT PRIMARY KEY NOT NULL,
    revision BIGINT NOT NULL -- one more with each change
);

-- Organizations that have put the list of first steps away.
CREATE TABLE onboarding (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id)
);

-- Requests that make something and have an Idempotency-Key, for 24 h: what they were answered.
CREATE TABLE idempotent_answers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    asker           TEXT NOT NULL, -- whose key it is
    key             TEXT NOT NULL,
    request         TEXT NOT NULL, -- a digest of what was asked
    subject         TEXT,          -- what it has made, by the audit log
    status          INTEGER,       -- none: the answer is not kept
    location        TEXT,
    body            TEXT,
    bytes           BIGINT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, asker, key)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

-- The words of each call, by which it is found (`schema/src/words.rs` takes texts apart, `src/store/call_words.rs` writes them down).
-- Beside the words stands ':' with the organization's id, which no word can be.
CREATE TABLE call_words (
    call_id         TEXT PRIMARY KEY NOT NULL REFERENCES calls (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    words           TSVECTOR NOT NULL
);
CREATE INDEX call_words_of_organization ON call_words (organization_id, call_id);
CREATE INDEX call_words_by_word ON call_words USING gin (words);

-- Calls of before, whose words the next start writes down.
CREATE TABLE call_words_due (
    call_id TEXT PRIMARY KEY NOT NULL
);

-- What people write beside a call. Nothing of it is part of the call's journal.
CREATE TABLE call_tags (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    tag             TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (call_id, tag)
);
CREATE INDEX call_tags_by_tag ON call_tags (organization_id, tag, call_id);

-- Whoever has written a note, or shares a call, may be gone: the id stays, and refers to no row.
CREATE TABLE call_notes (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL REFERENCES calls (id),
    author_id       TEXT, -- none of the admin token's
    text            TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX call_notes_of_call ON call_notes (call_id, id);

-- Somebody is asked to look at a call.
CREATE TABLE call_shares (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL REFERENCES calls (id),
    user_id         TEXT NOT NULL, -- who is asked
    by_id           TEXT, -- who asks; none of the admin token's
    note            TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    seen_at         TIMESTAMP -- when they were done with it
);
CREATE INDEX call_shares_of_call ON call_shares (call_id, id);
CREATE INDEX call_shares_of_user ON call_shares (user_id, seen_at, id);

-- Views of the list of calls.
CREATE TABLE call_views (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    owner_id        TEXT, -- none of the admin token's
    name            TEXT NOT NULL,
    filters         TEXT NOT NULL, -- JSON, an object of texts
    shown           TEXT NOT NULL, -- JSON, an array of the columns' names
    is_shared       BOOLEAN NOT NULL, -- with the organization
    is_default      BOOLEAN NOT NULL, -- of its owner; of a shared one of everybody who has none of their own
    created_at      TIMESTAMP NOT NULL
);
CREATE INDEX call_views_of_organization ON call_views (organization_id, id);

-- Further numbers of customers: whoever was put together of two who had one each.
CREATE TABLE customer_numbers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    customer_id     TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, number)
);
CREATE INDEX customer_numbers_of_customer ON customer_numbers (customer_id);

-- Two who look alike, and are not one. The smaller id comes first.
CREATE TABLE customers_apart (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    one_id          TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    other_id        TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, one_id, other_id)
);
CREATE INDEX customers_apart_of_one ON customers_apart (one_id);
CREATE INDEX customers_apart_of_other ON customers_apart (other_id);

-- Sums of calls by hour and by day of the business's zone, and by what calls have in common. They are made of the rows of calls,
-- hour by hour, behind the journal; what is here can be made anew at any time.
CREATE TABLE figures (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    grain           TEXT NOT NULL, -- hour, day
    cut             TEXT NOT NULL, -- all, number, profile, version, queue, agent, provider
    at              TIMESTAMP NOT NULL, -- when the hour or the day begins
    key             TEXT NOT NULL, -- which number, profile and so on; empty of all
    sums            TEXT NOT NULL, -- JSON
    PRIMARY KEY (organization_id, grain, cut, at, key)
);

-- Quarters of an hour in which something has changed since they were counted. Written with the change; each has a row of its own,
-- so that nobody waits for anybody.
CREATE TABLE figure_marks (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL
);
CREATE INDEX figure_marks_by_time ON figure_marks (organization_id, at);

-- The zone whose hours and days an organization's figures are. None where they were never counted.
CREATE TABLE figure_zones (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    zone            TEXT NOT NULL -- IANA
);

-- Who wants the week's figures mailed, and when.
CREATE TABLE report_mails (
    user_id         TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    weekday         INTEGER NOT NULL, -- 1 is Monday
    hour            INTEGER NOT NULL,
    tz              TEXT NOT NULL, -- IANA
    next_at         TIMESTAMP NOT NULL -- set anew in the transaction that puts a report to the mails
);
CREATE INDEX report_mails_by_time ON report_mails (next_at);

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
    result          TEXT NOT NULL, -- JSON
    draft           TEXT NOT NULL DEFAULT 'a' -- a, b
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

-- For how long an organization keeps what; without a row, for ever.
CREATE TABLE retention_periods (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    days            TEXT NOT NULL -- JSON: days by kind
);

-- What was deleted because its time was over: append only.
CREATE TABLE retention_runs (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    kind            TEXT NOT NULL,
    kept_days       BIGINT NOT NULL,
    deleted         BIGINT NOT NULL,
    bytes           BIGINT NOT NULL -- of files
);
CREATE INDEX retention_runs_of_organization ON retention_runs (organization_id, id);

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

-- Who of an organization may supervise its live calls, and who is told; without a row, what `SupervisionPolicy` has by default.
CREATE TABLE supervision_policies (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    policy          TEXT NOT NULL -- JSON
);

-- What an organization wants to be told of while its calls last; without a row, nothing.
CREATE TABLE alarm_rules (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    rules           TEXT NOT NULL -- JSON
);

-- Alarms that were raised. Not bound to the row of the call, which may be written later; they go with the call.
CREATE TABLE alarms (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL,
    rule            TEXT NOT NULL, -- its name at that time
    detail          TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    acknowledged_at TIMESTAMP,
    acknowledged_by TEXT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (call_id, rule)
);
CREATE INDEX alarms_of_organization ON alarms (organization_id, id);
CREATE INDEX alarms_by_time ON alarms (organization_id, at);

INSERT INTO revisions (subject, revision) VALUES ('profiles', 1), ('dialling', 1), ('floors', 1);

CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE subject = ANY (TG_ARGV);
    RETURN NULL;
END
$$;

CREATE TRIGGER organizations_counts AFTER INSERT OR DELETE OR UPDATE ON organizations FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles', 'dialling', 'floors');
CREATE TRIGGER business_profiles_counts AFTER INSERT OR DELETE OR UPDATE ON business_profiles FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles', 'dialling');
CREATE TRIGGER agent_profiles_counts AFTER INSERT OR DELETE OR UPDATE ON agent_profiles FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles');
CREATE TRIGGER agent_profile_versions_counts AFTER INSERT OR DELETE OR UPDATE ON agent_profile_versions FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles');
CREATE TRIGGER custom_tools_counts AFTER INSERT OR DELETE OR UPDATE ON custom_tools FOR EACH STATEMENT EXECUTE FUNCTION count_change('profiles');
CREATE TRIGGER agents_counts AFTER INSERT OR DELETE OR UPDATE ON agents FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling', 'floors');
CREATE TRIGGER queues_counts AFTER INSERT OR DELETE OR UPDATE ON queues FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling', 'floors');
CREATE TRIGGER extensions_counts AFTER INSERT OR DELETE OR UPDATE ON extensions FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
CREATE TRIGGER dial_policies_counts AFTER INSERT OR DELETE OR UPDATE ON dial_policies FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
CREATE TRIGGER phone_numbers_counts AFTER INSERT OR DELETE OR UPDATE ON phone_numbers FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
CREATE TRIGGER grants_counts AFTER INSERT OR DELETE OR UPDATE ON grants FOR EACH STATEMENT EXECUTE FUNCTION count_change('dialling');
-- A sign-in is no change.
CREATE TRIGGER users_counts AFTER INSERT OR DELETE OR UPDATE OF organization_id, name, status ON users FOR EACH STATEMENT EXECUTE FUNCTION count_change('floors');
CREATE TRIGGER queue_members_counts AFTER INSERT OR DELETE OR UPDATE ON queue_members FOR EACH STATEMENT EXECUTE FUNCTION count_change('floors');
