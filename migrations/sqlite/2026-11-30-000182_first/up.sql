-- Ids are UUIDs v7 as text, which sort by time. Times are naive UTC. JSON is text. Both databases have the same columns.
CREATE TABLE organizations (
    id           TEXT PRIMARY KEY NOT NULL,
    name         TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    suspended_at TIMESTAMP -- when it was suspended: nobody signs in, and there are no calls; its data stays
);

CREATE TABLE agent_profiles (
    id                 TEXT PRIMARY KEY NOT NULL,
    organization_id    TEXT NOT NULL REFERENCES organizations (id),
    name               TEXT NOT NULL,
    language           TEXT NOT NULL,
    tools              TEXT NOT NULL, -- JSON array of names
    created_at         TIMESTAMP NOT NULL,
    instructions       TEXT NOT NULL DEFAULT '',
    greeting           TEXT,
    speech             TEXT NOT NULL DEFAULT '{}', -- JSON: voice, speed, turn detection, ...
    handoff            TEXT NOT NULL DEFAULT '{}', -- JSON: after_handoff, assistant_in_handoff
    style              TEXT NOT NULL DEFAULT '{}', -- JSON: the sliders
    notice             TEXT, -- the notice that callers hear first
    revision           BIGINT NOT NULL DEFAULT 0, -- goes up by one with each change
    published_revision BIGINT NOT NULL DEFAULT 0, -- the revision that was published last
    published_version  BIGINT NOT NULL DEFAULT 0, -- the version that it was published as; 0 if none
    extraction         TEXT NOT NULL DEFAULT '{}', -- JSON: fields and topics to extract from calls after their end
    UNIQUE (organization_id, name)
);

CREATE TABLE dtmf_actions (
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    digit           TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    action          TEXT NOT NULL, -- JSON, such as {"action":"transfer_call","target":"operator"}
    PRIMARY KEY (profile_id, digit)
);

-- Folded from call_events in the transaction that appends them; last_seq is the last event included. profile_id is no foreign key: a profile may be
-- deleted, and the call keeps the copy in its first event.
CREATE TABLE calls (
    id                TEXT PRIMARY KEY NOT NULL,
    organization_id   TEXT NOT NULL REFERENCES organizations (id),
    state             TEXT NOT NULL,
    direction         TEXT NOT NULL,
    from_party        TEXT,
    to_party          TEXT,
    leg_kind          TEXT,
    started_at        TIMESTAMP NOT NULL,
    answered_at       TIMESTAMP,
    ended_at          TIMESTAMP,
    hangup_cause      TEXT,
    hangup_by         TEXT,
    profile_id        TEXT NOT NULL,
    next              TEXT NOT NULL, -- JSON: the answer to the dialplan
    last_seq          BIGINT NOT NULL,
    provider          TEXT,
    cost_micros       BIGINT NOT NULL DEFAULT 0, -- millionths of the currency
    failure           TEXT, -- of an outgoing call: why it did not reach the callee
    talk_ms           BIGINT, -- from the answer to the end
    party_number      TEXT, -- number of the party that is not ours, normalized
    tally             TEXT, -- JSON: figures counted from the journal; NULL if they have to be read from it
    words_deleted_at  TIMESTAMP, -- when its words were deleted
    identity          TEXT, -- JSON
    judge_micros      BIGINT NOT NULL DEFAULT 0, -- cost of the judge model's answers, in millionths of the currency; part of cost_micros
    not_judged        TEXT, -- why the judge model was not asked: other_region, daily_cap; NULL if it was, or was not needed
    recording_lost_ms BIGINT NOT NULL DEFAULT 0, -- audio that should have been recorded and was not
    handed_over       BOOLEAN NOT NULL DEFAULT FALSE -- whether figures count it as handed over: a person joined, or the caller was transferred to one
);
CREATE INDEX calls_of_organization ON calls (organization_id, id);
CREATE INDEX calls_by_state ON calls (state, organization_id, id);
CREATE INDEX calls_by_start ON calls (organization_id, started_at);
CREATE INDEX calls_by_party_number ON calls (organization_id, party_number, id);
CREATE INDEX calls_with_words ON calls (organization_id, id) WHERE words_deleted_at IS NULL;
-- Finds out whether a caller called again within a week.
CREATE INDEX calls_by_party_start ON calls (organization_id, party_number, started_at) WHERE party_number IS NOT NULL;
-- At start: calls that ended right before the process died.
CREATE INDEX calls_by_end ON calls (ended_at) WHERE ended_at IS NOT NULL;
-- The calls of a profile, newest first. It has no organization_id because SQLite would then also use it for the calls of a caller and a profile.
CREATE INDEX calls_by_profile ON calls (profile_id, id);
-- Calls that have not ended, newest first: of an organization, and of all. With a single index on both columns, SQLite reads all calls, or all of the
-- organization's.
CREATE INDEX live_calls_of_organization ON calls (organization_id, id) WHERE state <> 'ended';
CREATE INDEX live_calls ON calls (id) WHERE state <> 'ended';
-- Rare kinds of calls. A call enters these indexes late, after most of its updates. Queries repeat the conditions word for word: the planner uses a
-- partial index only then.
CREATE INDEX calls_handed_over ON calls (organization_id, id) WHERE handed_over;
CREATE INDEX calls_missed ON calls (organization_id, direction, id) WHERE answered_at IS NULL AND state = 'ended';
-- Calls by our number, as figures group them, and by hangup cause, `unknown` if there is none.
CREATE INDEX calls_by_number ON calls
    (organization_id, SUBSTR(CASE direction WHEN 'inbound' THEN to_party ELSE from_party END, 1, 128), id)
    WHERE direction <> 'internal';
CREATE INDEX calls_by_cause ON calls (organization_id, COALESCE(hangup_cause, 'unknown'), id) WHERE state = 'ended';

-- A switch may reuse a name, so a name is not unique.
CREATE TABLE call_outside_ids (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    position        INTEGER NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL,
    value           TEXT NOT NULL,
    PRIMARY KEY (call_id, position)
);
CREATE INDEX call_outside_ids_by_value ON call_outside_ids (kind, value);

-- The journal. Append only.
CREATE TABLE call_events (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    seq             BIGINT NOT NULL CHECK (seq > 0),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    kind            TEXT NOT NULL,
    data            TEXT NOT NULL, -- JSON: the whole event with its kind
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

-- One for each call: a resumed call continues in the same file.
CREATE TABLE recordings (
    call_id         TEXT PRIMARY KEY NOT NULL REFERENCES calls (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    file            TEXT NOT NULL, -- name in the recordings folder
    duration_ms     BIGINT, -- NULL while it is being written
    encoded_at      TIMESTAMP, -- when it became Opus, or was kept as WAV for good; NULL before that
    set_aside       TEXT, -- why it can't be encoded or moved for now; the next start tries again
    moved_at        TIMESTAMP -- when it was moved to the object store; NULL while it is in the data folder
);
CREATE INDEX recordings_to_encode ON recordings (call_id) WHERE encoded_at IS NULL AND set_aside IS NULL;
CREATE INDEX recordings_set_aside ON recordings (call_id) WHERE set_aside IS NOT NULL;
CREATE INDEX recordings_to_move ON recordings (call_id) WHERE moved_at IS NULL;

CREATE TABLE activities (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT REFERENCES calls (id),
    activity_type   TEXT NOT NULL,
    action          TEXT NOT NULL, -- the last action on it
    title           TEXT NOT NULL,
    at              TIMESTAMP NOT NULL, -- of an event: when it takes place; of a to-do: when it was made
    audio_from_ms   BIGINT, -- place in the call's recording; both columns or neither
    audio_to_ms     BIGINT,
    due_at          TIMESTAMP, -- of a to-do
    notes           TEXT NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    owner_id        TEXT -- a user
);
CREATE INDEX activities_of_organization ON activities (organization_id, id);
CREATE INDEX activities_of_call ON activities (call_id, id);
CREATE INDEX activities_to_be_done ON activities (organization_id, id) WHERE action <> 'completed';
-- Activities of a user. Most activities have no owner.
CREATE INDEX activities_of_owner ON activities (organization_id, owner_id, id) WHERE owner_id IS NOT NULL;

-- They take precedence over the configuration's [extensions] of the same name.
CREATE TABLE extensions (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    title           TEXT NOT NULL, -- for people; may be empty
    target          TEXT NOT NULL, -- context,extension,priority
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, name)
);

-- At most one for each organization; without one, the configuration's [dial_policy] applies.
CREATE TABLE dial_policies (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    numbers_allowed TEXT NOT NULL, -- JSON array of patterns
    per_call_max    BIGINT NOT NULL,
    per_day_max     BIGINT NOT NULL
);

-- A client's Idempotency-Key, kept for 24 h.
CREATE TABLE idempotency_keys (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    key             TEXT NOT NULL,
    request         TEXT NOT NULL, -- digest of the request
    call_id         TEXT NOT NULL, -- the call that the request makes
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who changed or read what. Append only.
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
CREATE INDEX audit_log_of_actor ON audit_log (organization_id, actor, id);
-- Entries by the first part of their action. The log is never cut, so a rare subject needs an index.
CREATE INDEX audit_log_of_subject ON audit_log (organization_id, SUBSTR(action, 1, INSTR(action || '.', '.') - 1), id);

-- Users and their credentials. Secrets are hashed (argon2id, SHA-256 of random tokens) or sealed with the server's key.
CREATE TABLE users (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    email           TEXT NOT NULL UNIQUE, -- lower case; unique on the server
    name            TEXT NOT NULL,
    role            TEXT NOT NULL,
    status          TEXT NOT NULL,
    password_hash   TEXT NOT NULL,
    totp_secret     TEXT, -- sealed
    totp_pending    TEXT, -- sealed; offered, not confirmed yet
    totp_step       BIGINT NOT NULL, -- newest step whose code was used
    recovery_codes  TEXT NOT NULL, -- JSON array of hashes
    created_at      TIMESTAMP NOT NULL,
    last_sign_in_at TIMESTAMP,
    language        TEXT -- language of the pages; NULL: the browser decides
);
CREATE INDEX users_of_organization ON users (organization_id, id);

-- A row is one sign-in: a family of refresh tokens, of which only the newest is valid, or the cookie of a page.
CREATE TABLE login_sessions (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    user_id         TEXT REFERENCES users (id) ON DELETE CASCADE, -- NULL: the admin token, on a page
    kind            TEXT NOT NULL, -- page, program
    secret_hash     TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    used_at         TIMESTAMP NOT NULL,
    expires_at      TIMESTAMP NOT NULL,
    address         TEXT,
    user_agent      TEXT,
    previous_hash   TEXT -- the refresh token before the newest: its use means that there is a copy; other wrong secrets end nothing
);
CREATE INDEX login_sessions_of_user ON login_sessions (user_id, id);
CREATE INDEX login_sessions_by_end ON login_sessions (expires_at);

-- created_by is no foreign key: a token outlives the user who made it.
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
    email           TEXT, -- NULL: the setup token of a first start
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

-- Versions never change. The oldest are deleted when there are too many.
CREATE TABLE agent_profile_versions (
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    version         BIGINT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile         TEXT NOT NULL, -- JSON: the whole profile with its keys
    published_at    TIMESTAMP NOT NULL,
    published_by    TEXT NOT NULL, -- JSON: kind, and id if it has one
    note            TEXT NOT NULL,
    PRIMARY KEY (profile_id, version)
);

-- At most one for each organization.
CREATE TABLE business_profiles (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    revision        BIGINT NOT NULL, -- goes up by one with each change
    profile         TEXT NOT NULL, -- JSON
    updated_at      TIMESTAMP NOT NULL
);

CREATE TABLE phone_numbers (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL UNIQUE, -- E.164; unique on the server
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id),
    answering       TEXT NOT NULL, -- JSON: label, mode, what happens otherwise, blocked callers
    created_at      TIMESTAMP NOT NULL,
    proof           TEXT NOT NULL DEFAULT 'none' -- proof that it is the organization's: operator, none, or the account at Twilio that lists it
);
CREATE INDEX phone_numbers_of_organization ON phone_numbers (organization_id, id);
CREATE INDEX phone_numbers_of_profile ON phone_numbers (profile_id);

-- Customers.
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
    search          TEXT NOT NULL, -- name, number and e-mail in lower case, for searches
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (organization_id, phone)
);
CREATE INDEX customers_of_organization ON customers (organization_id, id);

-- A call makes at most one. call_id is no foreign key: the call's journal may be written later.
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
    value_minor     BIGINT, -- in the smallest unit of the currency; both columns or neither
    currency        TEXT,
    owner_id        TEXT,
    notes           TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    next_step       TEXT NOT NULL DEFAULT '', -- the next step, in the owner's words
    UNIQUE (organization_id, call_id)
);
CREATE INDEX leads_of_organization ON leads (organization_id, id);
CREATE INDEX leads_by_status ON leads (organization_id, status, id);
CREATE INDEX leads_by_creation ON leads (organization_id, created_at);
CREATE INDEX leads_of_customer ON leads (customer_id, organization_id, id);
-- Leads by owner.
CREATE INDEX leads_of_owner ON leads (organization_id, owner_id, id);

CREATE TABLE appointments (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    customer_id     TEXT REFERENCES customers (id) ON DELETE SET NULL,
    lead_id         TEXT REFERENCES leads (id) ON DELETE SET NULL,
    call_id         TEXT,
    resource        TEXT NOT NULL, -- the person or thing that is booked
    service         TEXT NOT NULL,
    starts_at       TIMESTAMP NOT NULL,
    ends_at         TIMESTAMP NOT NULL,
    zone            TEXT NOT NULL, -- IANA name, for display
    status          TEXT NOT NULL,
    hold_until      TIMESTAMP, -- end of a hold
    name            TEXT NOT NULL,
    phone           TEXT,
    address         TEXT NOT NULL,
    notes           TEXT NOT NULL,
    sequence        BIGINT NOT NULL, -- number of changes, as calendars count them
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX appointments_by_start ON appointments (organization_id, starts_at);
CREATE INDEX appointments_by_creation ON appointments (organization_id, created_at);
CREATE INDEX appointments_held ON appointments (organization_id, hold_until);
CREATE INDEX appointments_of_lead ON appointments (lead_id);
CREATE INDEX appointments_of_customer ON appointments (customer_id, organization_id, starts_at, id);
CREATE INDEX appointments_of_call ON appointments (organization_id, call_id, starts_at, id);
CREATE INDEX appointments_by_status ON appointments (organization_id, status, starts_at, id);

-- The quarter hours that appointments take. The primary key prevents double bookings by concurrent requests.
CREATE TABLE appointment_slots (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    resource        TEXT NOT NULL,
    slot_at         TIMESTAMP NOT NULL,
    appointment_id  TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, resource, slot_at)
);
CREATE INDEX appointment_slots_of_appointment ON appointment_slots (appointment_id);

-- The link for calendar programs that read an organization's appointments. Renewing it ends the previous one.
CREATE TABLE calendar_feeds (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    token_hash      TEXT NOT NULL UNIQUE, -- SHA-256
    created_at      TIMESTAMP NOT NULL,
    made_by         TEXT -- a user; NULL: the organization
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
    sid             TEXT, -- the provider's id
    error_code      BIGINT, -- the provider's
    segments        BIGINT,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    done_at         TIMESTAMP,
    done_by         TEXT, -- a user; NULL if a program did it
    UNIQUE (organization_id, sid)
);
CREATE INDEX messages_of_organization ON messages (organization_id, id);
-- Text messages that wait or are being sent. They are queried every few seconds.
CREATE INDEX messages_by_status ON messages (status, updated_at);
CREATE INDEX messages_to_be_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NULL;
-- Text messages by the provider's id, which its reports carry.
CREATE INDEX messages_by_sid ON messages (sid) WHERE sid IS NOT NULL;
-- Lists of a customer or a call, in display order. Without the order in the index, SQLite scans the organization's messages in that order.
CREATE INDEX messages_of_customer ON messages (customer_id, organization_id, id);
CREATE INDEX messages_of_call ON messages (organization_id, call_id, id);
-- Text messages by status.
CREATE INDEX messages_of_status ON messages (organization_id, status, id);
-- Incoming text messages that are done; `messages_to_be_done` has the others.
CREATE INDEX messages_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NOT NULL;

-- What assistants have written on calls. An effect that is repeated after the call's actor has died finds its answer here.
CREATE TABLE tool_writes (
    call_id         TEXT NOT NULL,
    effect_id       BIGINT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL,
    written         TEXT NOT NULL, -- JSON: the answer to the assistant
    PRIMARY KEY (call_id, effect_id)
);
CREATE INDEX tool_writes_by_day ON tool_writes (organization_id, at);

-- Accounts at other services, at most one of each kind. Secrets are sealed with the server's key.
CREATE TABLE integrations (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL, -- twilio, openai, elevenlabs
    settings        TEXT NOT NULL, -- JSON, by kind
    secrets         TEXT NOT NULL, -- JSON: name to sealed secret and its last characters
    updated_at      TIMESTAMP NOT NULL,
    made_by         TEXT,
    PRIMARY KEY (organization_id, kind)
);

-- Receivers of events.
CREATE TABLE webhooks (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    url             TEXT NOT NULL,
    events          TEXT NOT NULL, -- JSON array
    secret          TEXT NOT NULL, -- sealed
    enabled         BOOLEAN NOT NULL,
    failing_since   TIMESTAMP, -- the first failure since the last success
    off_reason      TEXT, -- why Cordboard switched it off
    created_at      TIMESTAMP NOT NULL,
    made_by         TEXT
);
CREATE INDEX webhooks_of_organization ON webhooks (organization_id, id);

-- The outbox: messages to webhooks and people, with their results. A row is written in the transaction of the event that it reports.
CREATE TABLE deliveries (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    channel         TEXT NOT NULL, -- webhook, email, sms
    webhook_id      TEXT REFERENCES webhooks (id) ON DELETE CASCADE,
    target          TEXT NOT NULL, -- the webhook's id, the address or the number
    event           TEXT NOT NULL,
    body            TEXT NOT NULL, -- JSON: the body, or subject and text
    state           TEXT NOT NULL, -- waiting, delivered, failed
    attempts        INTEGER NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    due_at          TIMESTAMP NOT NULL, -- time of the next try; during a try, the time when it counts as lost
    claimed         BOOLEAN NOT NULL, -- whether it is being tried
    give_up_at      TIMESTAMP NOT NULL,
    tried_at        TIMESTAMP,
    status          INTEGER, -- of the last answer
    answer          TEXT -- the last answer, cut, or why there was none
);
CREATE INDEX deliveries_due ON deliveries (state, due_at);
CREATE INDEX deliveries_of_organization ON deliveries (organization_id, state, id);
-- Messages to people in the last hours: they are gathered, and limited for each day.
CREATE INDEX deliveries_of_day ON deliveries (organization_id, channel, created_at);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, organization_id, id);
-- Due deliveries, taken by organization and target, because one organization may have thousands that wait for its webhooks.
CREATE INDEX deliveries_due_of_target ON deliveries (organization_id, state, target, due_at, id);

-- Who is notified of what by e-mail or text message.
CREATE TABLE notice_settings (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    settings        TEXT NOT NULL -- JSON
);

-- HTTP requests that a profile's assistant may make.
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

-- Links by which visitors talk with the assistant in their browser. A link's token is shown once, in its address.
CREATE TABLE talk_links (
    id                     TEXT PRIMARY KEY NOT NULL,
    organization_id        TEXT NOT NULL REFERENCES organizations (id),
    name                   TEXT NOT NULL,
    token_hash             TEXT NOT NULL UNIQUE, -- SHA-256 in hex
    profile_id             TEXT NOT NULL REFERENCES agent_profiles (id), -- the profile that answers
    enabled                BOOLEAN NOT NULL,
    calls_max              BIGINT NOT NULL, -- at once
    calls_per_hour_max     BIGINT NOT NULL, -- from one address
    created_at             TIMESTAMP NOT NULL,
    last_used_at           TIMESTAMP,
    made_by                TEXT,
    origins                TEXT NOT NULL DEFAULT '', -- ' https://a.example http://localhost:3000 '
    widget_position        TEXT NOT NULL DEFAULT 'right', -- right, left
    widget_accent          TEXT, -- #rrggbb
    widget_greeting        TEXT NOT NULL DEFAULT '',
    signing_secret         TEXT, -- sealed
    signing_secret_made_at TIMESTAMP
);
CREATE INDEX talk_links_of_organization ON talk_links (organization_id, id);
CREATE INDEX talk_links_of_profile ON talk_links (profile_id);

-- How a user takes calls. A user without a row takes them in the browser and has no extension.
CREATE TABLE agents (
    user_id         TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    extension       TEXT, -- a name; callers who ask for it reach this agent
    audio           TEXT NOT NULL, -- browser, phone
    skills          TEXT NOT NULL, -- JSON array
    calls_max       INTEGER NOT NULL DEFAULT 1, -- calls at once, including those offered to the agent
    UNIQUE (organization_id, extension)
);

CREATE TABLE queues (
    id               TEXT PRIMARY KEY NOT NULL,
    organization_id  TEXT NOT NULL REFERENCES organizations (id),
    name             TEXT NOT NULL,
    title            TEXT NOT NULL, -- for display; may be empty
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
    tier            INTEGER NOT NULL, -- members with a smaller tier are asked first
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

-- An agent's wrap-up of a call. It outlives the user, the queue and the disposition. call_id is no foreign key: the call's journal may be written
-- later.
CREATE TABLE wrap_ups (
    call_id          TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    organization_id  TEXT NOT NULL REFERENCES organizations (id),
    queue_id         TEXT,
    disposition_id   TEXT,
    disposition_name TEXT, -- its name when it was chosen
    note             TEXT NOT NULL,
    started_at       TIMESTAMP NOT NULL,
    ended_at         TIMESTAMP NOT NULL,
    PRIMARY KEY (call_id, user_id)
);
CREATE INDEX wrap_ups_by_end ON wrap_ups (organization_id, ended_at);
-- Calls of a campaign that reached their goal, if the goal is a disposition.
CREATE INDEX wrap_ups_by_disposition ON wrap_ups (organization_id, disposition_id, call_id);

-- Callers who are to be called back; at most one row for each call. user_id is no foreign key: it stays after the user is gone.
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
CREATE INDEX callbacks_of_customer ON callbacks (customer_id);
CREATE INDEX callbacks_of_queue ON callbacks (queue_id, organization_id, id);
CREATE INDEX callbacks_of_user ON callbacks (user_id, organization_id, id);

-- The agents of calls: one row for each call and agent. user_id is no foreign key: the row outlives the user.
CREATE TABLE call_agents (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    user_id         TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    outcome         TEXT NOT NULL, -- talking, talked, accepted, declined, missed
    first_at        TIMESTAMP NOT NULL, -- when they first took, declined or missed it
    joined_at       TIMESTAMP,
    left_at         TIMESTAMP,
    talked_ms       BIGINT NOT NULL, -- in all finished conversations
    queue_id        TEXT, -- the queue that gave the agent the call; no foreign key: a queue may be deleted
    PRIMARY KEY (call_id, user_id)
);
CREATE INDEX call_agents_of_user ON call_agents (organization_id, user_id, outcome, call_id);
-- At start: agents who left a call recently.
CREATE INDEX call_agents_by_end ON call_agents (left_at);
-- Calls by an agent's outcome, newest first.
CREATE INDEX call_agents_by_outcome ON call_agents (organization_id, outcome, call_id);

-- What an organization may use of the server's telephony, by name; nothing without a row. The first organization may use everything.
CREATE TABLE grants (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL, -- switch, context, trunk, caller_id
    name            TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind, name)
);

-- Mails that wait for the mail server. A row is written in the transaction that makes the link in the mail, and deleted once the mail is sent or
-- given up.
CREATE TABLE mails (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    recipient       TEXT NOT NULL, -- e-mail address
    subject         TEXT NOT NULL,
    sealed_text     TEXT NOT NULL, -- it contains the link
    link_hash       TEXT NOT NULL, -- token_hash of the invitation or password reset: without that row the mail is useless
    attempts        INTEGER NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    due_at          TIMESTAMP NOT NULL, -- time of the next try; during a try, the time when it counts as lost
    give_up_at      TIMESTAMP NOT NULL
);
CREATE INDEX mails_due ON mails (due_at);

-- Counts changes to the data that calls and desks are served by. Readers with a copy compare this number, and read everything only if it changed.
-- Triggers count, so every change is counted, whoever makes it.
CREATE TABLE revisions (
    subject  TEXT PRIMARY KEY NOT NULL,
    revision BIGINT NOT NULL -- goes up by one with each change
);

-- Organizations that have dismissed the list of first steps.
CREATE TABLE onboarding (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id)
);

-- Answers to requests that make something and have an Idempotency-Key, kept for 24 h.
CREATE TABLE idempotent_answers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    asker           TEXT NOT NULL, -- the owner of the key
    key             TEXT NOT NULL,
    request         TEXT NOT NULL, -- digest of the request
    subject         TEXT, -- what it made, as in the audit log
    status          INTEGER, -- NULL: the answer is not kept
    location        TEXT,
    body            TEXT,
    bytes           BIGINT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, asker, key)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

-- The words of each call, for searches (`schema/src/words.rs` splits texts, `src/store/call_words.rs` writes the words). `n` follows from the call's
-- id, so it sorts by time: matches come newest first, and a day is a range of `n`.
CREATE TABLE call_words (
    n       INTEGER PRIMARY KEY NOT NULL,
    call_id TEXT NOT NULL UNIQUE REFERENCES calls (id)
);

-- Calls whose words the next start writes.
CREATE TABLE call_words_due (
    call_id TEXT PRIMARY KEY NOT NULL
);

-- What people add to a call. None of it is in the call's journal.
CREATE TABLE call_tags (
    call_id         TEXT NOT NULL REFERENCES calls (id),
    tag             TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (call_id, tag)
);
CREATE INDEX call_tags_by_tag ON call_tags (organization_id, tag, call_id);

-- The author of a note and the user who shares a call may be gone: their ids are no foreign keys.
CREATE TABLE call_notes (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL REFERENCES calls (id),
    author_id       TEXT, -- NULL: the admin token
    text            TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX call_notes_of_call ON call_notes (call_id, id);

-- Requests to look at a call.
CREATE TABLE call_shares (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL REFERENCES calls (id),
    user_id         TEXT NOT NULL, -- the user who is asked
    by_id           TEXT, -- the user who asks; NULL: the admin token
    note            TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    seen_at         TIMESTAMP -- when the user was done with it
);
CREATE INDEX call_shares_of_call ON call_shares (call_id, id);
CREATE INDEX call_shares_of_user ON call_shares (user_id, seen_at, id);

-- Saved views of the list of calls.
CREATE TABLE call_views (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    owner_id        TEXT, -- NULL: the admin token
    name            TEXT NOT NULL,
    filters         TEXT NOT NULL, -- JSON: an object of texts
    shown           TEXT NOT NULL, -- JSON: an array of column names
    is_shared       BOOLEAN NOT NULL, -- with the organization
    is_default      BOOLEAN NOT NULL, -- the owner's default; of a shared view, the default of everyone without one of their own
    created_at      TIMESTAMP NOT NULL
);
CREATE INDEX call_views_of_organization ON call_views (organization_id, id);

-- Further numbers of customers, from merges of customers.
CREATE TABLE customer_numbers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    customer_id     TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, number)
);
CREATE INDEX customer_numbers_of_customer ON customer_numbers (customer_id);

-- Pairs that look alike and are not the same customer. The smaller id comes first.
CREATE TABLE customers_apart (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    one_id          TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    other_id        TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, one_id, other_id)
);
CREATE INDEX customers_apart_of_one ON customers_apart (one_id);
CREATE INDEX customers_apart_of_other ON customers_apart (other_id);

-- Sums of calls by hour, day and month of the business's zone, and by cut. They are computed from the rows of calls after the journal is written, and
-- can be computed again at any time.
CREATE TABLE figures (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    grain           TEXT NOT NULL, -- hour, day, month
    cut             TEXT NOT NULL, -- a Cut of the schema
    at              TIMESTAMP NOT NULL, -- begin of the hour, day or month
    key             TEXT NOT NULL, -- the number, profile and so on; empty for all calls
    sums            TEXT NOT NULL, -- JSON
    PRIMARY KEY (organization_id, grain, cut, at, key)
);

-- Quarter hours with changes since they were counted. Written with the change. Each change has a row of its own, so that writers don't wait for each
-- other.
CREATE TABLE figure_marks (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL
);
CREATE INDEX figure_marks_by_time ON figure_marks (organization_id, at);

-- The zone of an organization's figures. No row before they are first counted.
CREATE TABLE figure_zones (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    zone            TEXT NOT NULL, -- IANA
    settled_until   TIMESTAMP, -- calls that began before it are counted as resolved or not; NULL: never counted
    compared_day    TEXT -- newest day that was compared with the usual figures, such as 2026-11-27; NULL: none yet
);

-- Who gets the week's figures by mail, and when.
CREATE TABLE report_mails (
    user_id         TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    weekday         INTEGER NOT NULL, -- 1 is Monday
    hour            INTEGER NOT NULL,
    tz              TEXT NOT NULL, -- IANA
    next_at         TIMESTAMP NOT NULL -- set again in the transaction that queues a report
);
CREATE INDEX report_mails_by_time ON report_mails (next_at);

-- Calls, and profiles' examples, that were run again against a profile, with the results.
CREATE TABLE replays (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL, -- call, examples
    call_id         TEXT REFERENCES calls (id) ON DELETE CASCADE,
    asked_by        TEXT NOT NULL, -- a name; empty for a program
    version         BIGINT, -- NULL: the draft
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

-- Calls, and single turns, that are kept with what is expected of a profile.
CREATE TABLE examples (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    call_id         TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    turn_seq        BIGINT, -- the one turn that is asked; NULL: the whole call
    name            TEXT NOT NULL,
    expectations    TEXT NOT NULL, -- JSON
    created_at      TIMESTAMP NOT NULL
);
CREATE INDEX examples_of_profile ON examples (profile_id, id);
CREATE INDEX examples_of_call ON examples (call_id);

-- A profile's second draft.
CREATE TABLE second_drafts (
    profile_id         TEXT PRIMARY KEY NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    organization_id    TEXT NOT NULL REFERENCES organizations (id),
    profile            TEXT NOT NULL, -- JSON
    revision           BIGINT NOT NULL,
    published_revision BIGINT NOT NULL, -- 0 if none
    published_version  BIGINT NOT NULL, -- the version of the profile that it was published as; 0 if none
    created_at         TIMESTAMP NOT NULL
);

-- How long an organization keeps each kind of data; without a row, for ever.
CREATE TABLE retention_periods (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    days            TEXT NOT NULL -- JSON: days by kind
);

-- What was deleted because its retention time was over. Append only.
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

-- What shadows made of calls. A shadow is a second voice that hears a share of a profile's calls, and that no caller hears. call_id is no foreign
-- key: the call's row may be written later. The row is deleted with the call's words.
CREATE TABLE shadow_calls (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL REFERENCES agent_profiles (id) ON DELETE CASCADE,
    call_id         TEXT NOT NULL,
    given_by        TEXT NOT NULL, -- the provider that answered the caller
    provider        TEXT NOT NULL, -- the provider of the shadow's voice
    started_at      TIMESTAMP NOT NULL,
    ended_at        TIMESTAMP,
    failure         TEXT,
    cost_micros     BIGINT NOT NULL,
    turns           TEXT NOT NULL -- JSON
);
CREATE INDEX shadow_calls_of_profile ON shadow_calls (profile_id, id);
CREATE INDEX shadow_calls_of_month ON shadow_calls (profile_id, started_at);
CREATE INDEX shadow_calls_of_call ON shadow_calls (call_id);

-- Who of an organization may supervise its live calls, and who is notified; without a row, the defaults of `SupervisionPolicy`.
CREATE TABLE supervision_policies (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    policy          TEXT NOT NULL -- JSON
);

-- What an organization is alerted about during its calls; without a row, nothing.
CREATE TABLE alarm_rules (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    rules           TEXT NOT NULL -- JSON
);

-- Alarms that were raised. call_id is no foreign key: the call's row may be written later. They are deleted with the call.
CREATE TABLE alarms (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL,
    rule            TEXT NOT NULL, -- the rule's name at that time
    detail          TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    acknowledged_at TIMESTAMP,
    acknowledged_by TEXT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (call_id, rule)
);
CREATE INDEX alarms_of_organization ON alarms (organization_id, id);
CREATE INDEX alarms_by_time ON alarms (organization_id, at);
CREATE INDEX alarms_open ON alarms (organization_id, id) WHERE acknowledged_at IS NULL;

-- How an organization scores calls after their end; without a row, not at all.
CREATE TABLE scorecards (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    card            TEXT NOT NULL -- JSON
);

-- Scores of calls. They are deleted with their calls.
CREATE TABLE call_scores (
    call_id         TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    percent         BIGINT, -- 0 to 100; NULL if no answer has a number
    score           TEXT NOT NULL -- JSON
);
CREATE INDEX call_scores_of_organization ON call_scores (organization_id, call_id);

-- Campaigns: lists of people who are called.
CREATE TABLE campaigns (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    state           TEXT NOT NULL, -- draft, running, paused, stopped, finished
    settings        TEXT NOT NULL, -- JSON: who talks, on which line, how often and when
    trouble         TEXT, -- why the newest call could not be made; NULL if it could
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    compared_since  TIMESTAMP, -- since when two variants of who talks are compared; NULL if there is one
    contacts_talked BIGINT NOT NULL DEFAULT 0, -- contacts with an attempt on which somebody talked
    filtered_to     TEXT -- last contact that the filter was applied to; empty at the begin of the list, NULL once applied to all
);
CREATE INDEX campaigns_of_organization ON campaigns (organization_id, id);
CREATE INDEX campaigns_to_filter ON campaigns (id) WHERE filtered_to IS NOT NULL;

-- The contacts of a campaign.
CREATE TABLE contacts (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    campaign_id     TEXT NOT NULL REFERENCES campaigns (id),
    number          TEXT NOT NULL, -- E.164
    variables       TEXT NOT NULL, -- JSON: what the assistant is told about them, by name
    zone            TEXT, -- time zone (IANA) if it is known; otherwise the number's
    consent         TEXT NOT NULL, -- where their consent is recorded; empty if nowhere
    state           TEXT NOT NULL, -- waiting, calling, done, left_out
    end_reason      TEXT, -- why they are not called any more
    next_at         TIMESTAMP NOT NULL, -- not called before then
    tries           BIGINT NOT NULL,
    last_outcome    TEXT,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    previewed_by    TEXT, -- the agent who has this contact in preview, and until when; NULL if nobody
    previewed_until TIMESTAMP
);
-- Importing a list twice adds each number once.
CREATE UNIQUE INDEX contacts_by_number ON contacts (campaign_id, number);
CREATE INDEX contacts_of_campaign ON contacts (campaign_id, id);
CREATE INDEX contacts_due ON contacts (campaign_id, next_at, id) WHERE state = 'waiting';
CREATE INDEX contacts_previewed ON contacts (organization_id, previewed_by) WHERE previewed_by IS NOT NULL;
-- For large campaigns: progress, pages by state, end and outcome, and the outcomes of the last day. They begin with the campaign: with the
-- organization first, the planner would use them for other queries, and read all its rows.
CREATE INDEX contacts_by_state ON contacts (campaign_id, organization_id, state, id);
CREATE INDEX contacts_by_end ON contacts (campaign_id, organization_id, end_reason, id) WHERE end_reason IS NOT NULL;
CREATE INDEX contacts_by_outcome ON contacts (campaign_id, organization_id, last_outcome, id) WHERE last_outcome IS NOT NULL;

-- Attempts to reach a contact. They outlive their campaign, because the limit of calls to a number counts them.
CREATE TABLE attempts (
    call_id          TEXT PRIMARY KEY NOT NULL, -- given at reservation, before there is a call
    organization_id  TEXT NOT NULL REFERENCES organizations (id),
    campaign_id      TEXT NOT NULL,
    contact_id       TEXT NOT NULL,
    number           TEXT NOT NULL, -- E.164
    reserved_at      TIMESTAMP NOT NULL,
    dialled_at       TIMESTAMP, -- when the call began
    closed_at        TIMESTAMP, -- NULL while the result is not known
    outcome          TEXT,
    variant          TEXT, -- a, b; NULL if there was one
    shown            TEXT, -- the number shown to the callee; NULL: left to the switch
    detected_by      TEXT, -- detector of mailboxes: line, own; NULL if none said anything
    detected_as      TEXT, -- human, machine, unknown
    detection_wrong  BOOLEAN, -- whether the call went on otherwise
    compared_since   TIMESTAMP, -- the campaign's compared_since at reservation; NULL if it counts in no comparison
    disposition_id   TEXT, -- business outcome; NULL if there is none
    disposition_name TEXT, -- its name when it was chosen
    disposition_by   TEXT, -- assistant, agent; the newest wrap-up of an agent counts more
    callee_hour      INTEGER, -- the callee's hour: 0-23 workday, 24-47 weekend, -1 zone unknown; NULL: the server fills it in
    callee_try       INTEGER -- number of the try: 1, 2, or 3 for all later ones; NULL: the server fills it in
);
CREATE INDEX attempts_open ON attempts (reserved_at) WHERE closed_at IS NULL;
CREATE INDEX attempts_of_number ON attempts (organization_id, number, reserved_at);
-- How often a number was shown today, and the results of its newest calls.
CREATE INDEX attempts_of_shown ON attempts (organization_id, shown, reserved_at) WHERE shown IS NOT NULL;
CREATE INDEX attempts_by_outcome ON attempts (campaign_id, organization_id, outcome, closed_at);
-- The attempts of some contacts. With contact_id alone, SQLite would use an index of the organization instead.
CREATE INDEX attempts_of_contact ON attempts (contact_id, organization_id, call_id);
-- Old attempts, which retention deletes by the time in their ids.
CREATE INDEX attempts_of_organization ON attempts (organization_id, call_id);
CREATE INDEX attempts_without_hour ON attempts (callee_hour) WHERE callee_hour IS NULL;

-- The do-not-call list.
CREATE TABLE suppressions (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    source          TEXT NOT NULL, -- api, assistant
    evidence        TEXT NOT NULL, -- what was said or written
    call_id         TEXT, -- the call on which it was said
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, number)
);
-- Numbers added on a call, and numbers whose evidence is still kept. Retention looks for both; the list may have a million numbers without either.
CREATE INDEX suppressions_of_call ON suppressions (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX suppressions_to_forget ON suppressions (organization_id, created_at) WHERE evidence <> '' OR call_id IS NOT NULL;

-- Days whose calls are in the warehouse, or are being written to it.
CREATE TABLE exported_days (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    day             TEXT NOT NULL, -- in the zone of the figures, such as 2026-11-27
    changes         BIGINT NOT NULL, -- number of changes to its calls since it was first written
    written         BIGINT, -- `changes` when the warehouse's copy was read; NULL until there is one
    claimed_until   TIMESTAMP, -- until when the server that writes it is left alone
    PRIMARY KEY (organization_id, day)
);

-- Ids of the records that a retention run deleted, one row for each transaction. Append only.
CREATE TABLE retention_parts (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    run_id          TEXT NOT NULL REFERENCES retention_runs (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    record_type     TEXT NOT NULL,
    record_ids      TEXT NOT NULL -- JSON: an array of ids
);
CREATE INDEX retention_parts_of_run ON retention_parts (run_id, id);

-- Ended calls whose profile extracts something, until they are processed.
CREATE TABLE extractions_due (
    call_id         TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    asked           BIGINT NOT NULL -- number of failed requests to a model
);
CREATE INDEX extractions_due_in_order ON extractions_due (asked, call_id);

-- Values of fields, and topics, that were extracted from calls.
CREATE TABLE call_extractions (
    call_id         TEXT NOT NULL,
    kind            TEXT NOT NULL, -- topic, choice, yes_no, number, text
    name            TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL,
    version         BIGINT NOT NULL, -- of the profile; 0 for a draft
    place           BIGINT NOT NULL, -- position in the profile, among fields or topics
    title           TEXT NOT NULL, -- its title when the call was answered
    value           TEXT, -- a choice, yes or no, a number or words; NULL for a topic
    found_by        TEXT NOT NULL, -- model, rules
    at              TIMESTAMP NOT NULL,
    PRIMARY KEY (call_id, kind, name)
);
CREATE INDEX call_extractions_by_name ON call_extractions (organization_id, kind, name, call_id);

-- How many contacts and attempts a campaign has, by result. Pages query it every second. Triggers keep it in the transaction that changes a row,
-- whoever changes it. `kind` and `word`: state (of a contact that is not done), end, outcome, open (with an empty word).
CREATE TABLE campaign_counts (
    campaign_id     TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL,
    word            TEXT NOT NULL,
    count           BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, organization_id, kind, word)
);

-- Days that changed since their months were computed (`figures` with the grain month). Triggers write them in the transaction that changes a day: a
-- month without a mark matches its days. Each change sets a new id, so a reader that computes a month removes only the marks that it has seen.
CREATE TABLE figure_month_marks (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL, -- begin of the day
    id              TEXT NOT NULL,
    PRIMARY KEY (organization_id, at)
) WITHOUT ROWID;

-- Sums of closed attempts, so that pages don't read all attempts of a campaign. The server keeps them (`src/store/campaigns/sums.rs`): a transaction
-- that changes an attempt, or its call's cost, changes its sums too. A key column that the attempt has no value for is empty, or 1970.
CREATE TABLE attempt_sums (
    campaign_id     TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    outcome         TEXT NOT NULL,
    variant         TEXT NOT NULL,
    compared_since  TIMESTAMP NOT NULL,
    detected_by     TEXT NOT NULL,
    detected_as     TEXT NOT NULL,
    detection_wrong BOOLEAN NOT NULL,
    disposition_id  TEXT NOT NULL DEFAULT '',
    disposition_by  TEXT NOT NULL DEFAULT '',
    count           BIGINT NOT NULL, -- attempts
    kept            BIGINT NOT NULL, -- those whose call has a row
    cost_micros     BIGINT NOT NULL, -- of these calls, in millionths of the currency
    talk_ms         BIGINT NOT NULL, -- of these calls
    PRIMARY KEY (campaign_id, organization_id, outcome, variant, compared_since, detected_by, detected_as, detection_wrong, disposition_id,
        disposition_by)
);

-- Contact links: secret addresses to which other services send people who are to be called.
CREATE TABLE contact_links (
    id                     TEXT PRIMARY KEY NOT NULL,
    organization_id        TEXT NOT NULL REFERENCES organizations (id),
    campaign_id            TEXT NOT NULL REFERENCES campaigns (id), -- the campaign whose list it adds to
    name                   TEXT NOT NULL,
    secret_hash            TEXT NOT NULL UNIQUE, -- SHA-256 in hex
    enabled                BOOLEAN NOT NULL,
    expires_at             TIMESTAMP, -- NULL: it does not expire
    mapping                TEXT NOT NULL, -- JSON: which values of a body are what
    signature_header       TEXT NOT NULL,
    signing_secret         TEXT, -- sealed
    signing_secret_made_at TIMESTAMP,
    created_at             TIMESTAMP NOT NULL,
    last_used_at           TIMESTAMP,
    added                  BIGINT NOT NULL, -- contacts
    known                  BIGINT NOT NULL, -- contacts that were already on the list
    refused                BIGINT NOT NULL,
    refusals               TEXT NOT NULL, -- JSON: the newest refusals, without the data that was sent
    made_by                TEXT
);
CREATE INDEX contact_links_of_campaign ON contact_links (campaign_id, id);

-- Closed attempts by the hour of the callee's week. A row with an empty campaign_id is the sum of all the organization's campaigns, so a campaign
-- reads what others have learned in some hundred rows. The server keeps them (`src/store/campaigns/hour_sums.rs`).
CREATE TABLE attempt_hours (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    month           TEXT NOT NULL, -- of the attempts, in UTC, such as 2026-11
    campaign_id     TEXT NOT NULL,
    hour            INTEGER NOT NULL, -- callee_hour
    nth             INTEGER NOT NULL, -- callee_try
    rang            BIGINT NOT NULL, -- attempts that show whether a person answers at this hour
    answered        BIGINT NOT NULL, -- those of them that a person answered
    PRIMARY KEY (organization_id, month, campaign_id, hour, nth)
);

-- The note and the outcome that an agent has entered so far. Deleted when the wrap-up is written, and with the call, its agent or its words.
CREATE TABLE wrap_up_drafts (
    call_id         TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    disposition_id  TEXT REFERENCES dispositions (id) ON DELETE SET NULL,
    note            TEXT NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (call_id, user_id)
);
CREATE INDEX wrap_up_drafts_of_user ON wrap_up_drafts (user_id, updated_at);

-- Numbers that want no text messages. A row outlives the customer, whose `sms_opted_out` says the same while there is one.
CREATE TABLE text_opt_outs (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, number)
);
INSERT INTO revisions (subject, revision) VALUES ('profiles', 1), ('dialling', 1), ('floors', 1);

-- `scope` is the organization's id without dashes. `words` is split already: the tokenizer only separates at blanks.
CREATE VIRTUAL TABLE call_words_index USING fts5 (
    scope, words,
    content = '', contentless_delete = 1, detail = 'column', prefix = '2 3', tokenize = 'ascii'
);
CREATE TRIGGER organizations_insert_counts AFTER INSERT ON organizations BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling', 'floors'); END;
CREATE TRIGGER organizations_update_counts AFTER UPDATE ON organizations BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling', 'floors'); END;
CREATE TRIGGER organizations_delete_counts AFTER DELETE ON organizations BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling', 'floors'); END;
CREATE TRIGGER business_profiles_insert_counts AFTER INSERT ON business_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling'); END;
CREATE TRIGGER business_profiles_update_counts AFTER UPDATE ON business_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling'); END;
CREATE TRIGGER business_profiles_delete_counts AFTER DELETE ON business_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles', 'dialling'); END;
CREATE TRIGGER agent_profiles_insert_counts AFTER INSERT ON agent_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profiles_update_counts AFTER UPDATE ON agent_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profiles_delete_counts AFTER DELETE ON agent_profiles BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profile_versions_insert_counts AFTER INSERT ON agent_profile_versions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profile_versions_update_counts AFTER UPDATE ON agent_profile_versions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agent_profile_versions_delete_counts AFTER DELETE ON agent_profile_versions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER custom_tools_insert_counts AFTER INSERT ON custom_tools BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER custom_tools_update_counts AFTER UPDATE ON custom_tools BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER custom_tools_delete_counts AFTER DELETE ON custom_tools BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('profiles'); END;
CREATE TRIGGER agents_insert_counts AFTER INSERT ON agents BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER agents_update_counts AFTER UPDATE ON agents BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER agents_delete_counts AFTER DELETE ON agents BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER queues_insert_counts AFTER INSERT ON queues BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER queues_update_counts AFTER UPDATE ON queues BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER queues_delete_counts AFTER DELETE ON queues BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling', 'floors'); END;
CREATE TRIGGER extensions_insert_counts AFTER INSERT ON extensions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER extensions_update_counts AFTER UPDATE ON extensions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER extensions_delete_counts AFTER DELETE ON extensions BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER dial_policies_insert_counts AFTER INSERT ON dial_policies BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER dial_policies_update_counts AFTER UPDATE ON dial_policies BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER dial_policies_delete_counts AFTER DELETE ON dial_policies BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER phone_numbers_insert_counts AFTER INSERT ON phone_numbers BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER phone_numbers_update_counts AFTER UPDATE ON phone_numbers BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER phone_numbers_delete_counts AFTER DELETE ON phone_numbers BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER grants_insert_counts AFTER INSERT ON grants BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER grants_update_counts AFTER UPDATE ON grants BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;
CREATE TRIGGER grants_delete_counts AFTER DELETE ON grants BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('dialling'); END;

-- A sign-in does not count as a change.
CREATE TRIGGER users_insert_counts AFTER INSERT ON users BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER users_update_counts AFTER UPDATE OF organization_id, name, status ON users BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER users_delete_counts AFTER DELETE ON users BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER queue_members_insert_counts AFTER INSERT ON queue_members BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER queue_members_update_counts AFTER UPDATE ON queue_members BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER queue_members_delete_counts AFTER DELETE ON queue_members BEGIN UPDATE revisions SET revision = revision + 1 WHERE subject IN ('floors'); END;
CREATE TRIGGER contacts_insert_is_counted AFTER INSERT ON contacts BEGIN
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.end_reason IS NULL THEN 'state' ELSE 'end' END, COALESCE(new.end_reason, new.state), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER contacts_update_is_counted AFTER UPDATE OF state, end_reason ON contacts
WHEN old.state IS NOT new.state OR old.end_reason IS NOT new.end_reason BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.end_reason IS NULL THEN 'state' ELSE 'end' END
            AND word = COALESCE(old.end_reason, old.state);
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.end_reason IS NULL THEN 'state' ELSE 'end' END, COALESCE(new.end_reason, new.state), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER contacts_delete_is_counted AFTER DELETE ON contacts BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.end_reason IS NULL THEN 'state' ELSE 'end' END
            AND word = COALESCE(old.end_reason, old.state);
END;
CREATE TRIGGER attempts_insert_is_counted AFTER INSERT ON attempts BEGIN
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.outcome IS NULL THEN 'open' ELSE 'outcome' END, COALESCE(new.outcome, ''), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER attempts_update_is_counted AFTER UPDATE OF outcome ON attempts
WHEN old.outcome IS NOT new.outcome BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.outcome IS NULL THEN 'open' ELSE 'outcome' END
            AND word = COALESCE(old.outcome, '');
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.outcome IS NULL THEN 'open' ELSE 'outcome' END, COALESCE(new.outcome, ''), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER attempts_delete_is_counted AFTER DELETE ON attempts BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.outcome IS NULL THEN 'open' ELSE 'outcome' END
            AND word = COALESCE(old.outcome, '');
END;

-- A day has a row with the cut `all` as long as it has any row.
CREATE TRIGGER figures_insert_marks_month AFTER INSERT ON figures WHEN new.grain = 'day' AND new.cut = 'all' BEGIN
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (new.organization_id, new.at, lower(hex(randomblob(16))))
        ON CONFLICT (organization_id, at) DO UPDATE SET id = excluded.id;
END;
CREATE TRIGGER figures_delete_marks_month AFTER DELETE ON figures WHEN old.grain = 'day' AND old.cut = 'all' BEGIN
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (old.organization_id, old.at, lower(hex(randomblob(16))))
        ON CONFLICT (organization_id, at) DO UPDATE SET id = excluded.id;
END;
