-- Ids are UUIDs v7 as text (they sort by time), times are naive UTC, JSON is text: the same on every backend.
CREATE TABLE organizations (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- Since when an organization is suspended: nobody of it signs in, and it has no calls. Its data stays.
    -- A server of an older version that goes on meanwhile knows of no suspension.
    suspended_at    TIMESTAMP
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
    -- Fields and topics that a profile asks of its calls once they are over, as JSON.
    extraction      TEXT NOT NULL DEFAULT '{}',
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
    identity         TEXT, -- JSON
    -- The cost of the judge model's answers about a call, in millionths of the currency. It is part of cost_micros.
    judge_micros    BIGINT NOT NULL DEFAULT 0,
    -- Why the judge model was not asked about a call that is over: other_region, daily_cap. None where it was asked, or nobody wanted to ask it.
    not_judged      TEXT,
    -- Milliseconds of a call that were to be recorded and are not: silence of its recording, or missing at its end. Calls of earlier versions have 0:
    -- what they lack stands in no journal.
    recording_lost_ms BIGINT NOT NULL DEFAULT 0,
    -- Whether figures count a call as handed over: a person has joined, or the caller was sent on to one. Lists and figures asked three tables for it,
    -- call by call, and looked through all calls of an organization in which nobody is handed over any more. The server keeps it with the call's row.
    -- What takes long has migrations of its own: until this one is over nobody reads or writes a call.
    handed_over     BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX calls_of_organization ON calls (organization_id, id);
CREATE INDEX calls_by_state ON calls (state, organization_id, id);
CREATE INDEX calls_by_start ON calls (organization_id, started_at);
CREATE INDEX calls_by_party_number ON calls (organization_id, party_number, id);
CREATE INDEX calls_with_words ON calls (organization_id, id) WHERE words_deleted_at IS NULL;
-- Whether somebody has called again within a week.
CREATE INDEX calls_by_party_start ON calls (organization_id, party_number, started_at) WHERE party_number IS NOT NULL;
-- A start looks at the calls that had ended right before the process died.
CREATE INDEX calls_by_end ON calls (ended_at) WHERE ended_at IS NOT NULL;
-- The calls of a profile, the newest first.
CREATE INDEX calls_by_profile ON calls (profile_id, id);
-- Calls that are not over, the newest first: of an organization, and of all. Without them a start, and a page that missed changes, read every call.
-- Two of them: by one that has both columns, SQLite reads either all calls, or all of the organization's.
CREATE INDEX live_calls_of_organization ON calls (organization_id, id) WHERE state <> 'ended';
CREATE INDEX live_calls ON calls (id) WHERE state <> 'ended';
-- Calls of a kind, which are few of all: a call has no place in these indexes while it is written most often. The conditions are in the text of the
-- queries as they are here: only that shows the planner that they fit.
CREATE INDEX calls_handed_over ON calls (organization_id, id) WHERE handed_over;
CREATE INDEX calls_missed ON calls (organization_id, direction, id) WHERE answered_at IS NULL AND state = 'ended';
-- Calls by our number, as figures by number cut it, and by the cause that they ended for: `unknown` where none is on record.
CREATE INDEX calls_by_number ON calls
    (organization_id, SUBSTR(CASE direction WHEN 'inbound' THEN to_party ELSE from_party END, 1, 128), id)
    WHERE direction <> 'internal';
CREATE INDEX calls_by_cause ON calls (organization_id, COALESCE(hangup_cause, 'unknown'), id) WHERE state = 'ended';

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
    duration_ms     BIGINT, -- none while it is being written
    -- When a recording became Opus, or stayed WAV for good; none while it is WAV and nobody has looked.
    encoded_at      TIMESTAMP,
    -- Why it can't be encoded for now; none where it can. Looked at again by the next start.
    set_aside       TEXT,
    -- When a recording was moved to the object store; none while it lies in the data folder.
    moved_at        TIMESTAMP
);
CREATE INDEX recordings_to_encode ON recordings (call_id) WHERE encoded_at IS NULL AND set_aside IS NULL;
CREATE INDEX recordings_set_aside ON recordings (call_id) WHERE set_aside IS NOT NULL;
CREATE INDEX recordings_to_move ON recordings (call_id) WHERE moved_at IS NULL;

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
-- Activities that a user sees to, of which most have no owner, and lines of the audit log by who has done it. The log comes last, as in
-- changes: an older server that goes on meanwhile and this one would wait for each other.
CREATE INDEX activities_of_owner ON activities (organization_id, owner_id, id) WHERE owner_id IS NOT NULL;

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
CREATE INDEX audit_log_of_actor ON audit_log (organization_id, actor, id);
-- Lines of the audit log by what they are about: the log is never cut, and a page for a rare subject went through all of it. It comes
-- last, as in changes: an older server that goes on meanwhile and this one would wait for each other.
CREATE INDEX audit_log_of_subject ON audit_log (organization_id, SPLIT_PART(action, '.', 1), id);

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
    last_sign_in_at TIMESTAMP,
    -- The language in which a user has the pages. None where they have chosen none: their browser decides.
    language        TEXT
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
CREATE INDEX leads_of_customer ON leads (customer_id, organization_id, id);
-- Lists that went through all of an organization for an owner or what is still open.
CREATE INDEX leads_of_owner ON leads (organization_id, owner_id, id);

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
CREATE INDEX appointments_held ON appointments (organization_id, hold_until);
CREATE INDEX appointments_of_lead ON appointments (lead_id);
CREATE INDEX appointments_of_customer ON appointments (customer_id, organization_id, starts_at, id);
CREATE INDEX appointments_of_call ON appointments (organization_id, call_id, starts_at, id);
CREATE INDEX appointments_by_status ON appointments (organization_id, status, starts_at, id);

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
-- Text messages that wait, or are being sent: looked for every few seconds.
CREATE INDEX messages_by_status ON messages (status, updated_at);
CREATE INDEX messages_to_be_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NULL;
-- The sums by hour of all campaigns of an organization, which have an empty campaign_id: what other campaigns have learned is read in some hundred
-- rows, however many campaigns there are. The server keeps them with the others (`src/store/campaigns/hour_sums.rs`).
-- Names of texts at their provider, which reports by them: without it each report of a text reads all texts of all organizations.
CREATE INDEX messages_by_sid ON messages (sid) WHERE sid IS NOT NULL;
-- Lists of a customer, a call, a person or a webhook in the order in which they are shown. Without the order in these indexes SQLite goes through
-- all of the organization in that order instead.
CREATE INDEX messages_of_customer ON messages (customer_id, organization_id, id);
CREATE INDEX messages_of_call ON messages (organization_id, call_id, id);
-- Text messages by how far they have come, and appointments by their state: without these indexes a list of few goes through all of an organization.
CREATE INDEX messages_of_status ON messages (organization_id, status, id);
-- Text messages that came in and were seen to, beside `messages_to_be_done`: those that go out may be many more.
CREATE INDEX messages_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NOT NULL;

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
CREATE INDEX deliveries_of_organization ON deliveries (organization_id, state, id);
-- What was told to people lately: it is gathered, and has a limit a day.
CREATE INDEX deliveries_of_day ON deliveries (organization_id, channel, created_at);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, organization_id, id);
-- Deliveries that are due are taken by organization and target: one whose webhooks take nothing may have thousands that wait.
CREATE INDEX deliveries_due_of_target ON deliveries (organization_id, state, target, due_at, id);

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
-- Calls of a campaign that reached their goal, where that is a disposition.
CREATE INDEX wrap_ups_by_disposition ON wrap_ups (organization_id, disposition_id, call_id);

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
CREATE INDEX callbacks_of_customer ON callbacks (customer_id);
CREATE INDEX callbacks_of_queue ON callbacks (queue_id, organization_id, id);
CREATE INDEX callbacks_of_user ON callbacks (user_id, organization_id, id);

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
-- Calls in which some agent came so far, the newest first.
CREATE INDEX call_agents_by_outcome ON call_agents (organization_id, outcome, call_id);

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
    zone            TEXT NOT NULL, -- IANA
    -- Up to which moment it stands of calls whether their callers have called again: those that began before it are counted as resolved or
    -- not. None where that was never counted.
    settled_until   TIMESTAMP,
    -- The newest day whose figures were compared with the usual ones, in the zone of the figures, as 2026-11-27. None before the first one was.
    compared_day    TEXT
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
CREATE INDEX alarms_open ON alarms (organization_id, id) WHERE acknowledged_at IS NULL;

-- What an organization asks of calls that are over; without a row, nothing.
CREATE TABLE scorecards (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    card            TEXT NOT NULL -- JSON
);

-- How calls were scored; they go with their calls.
CREATE TABLE call_scores (
    call_id         TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    percent         BIGINT, -- 0 to 100; none where no answer has a number
    score           TEXT NOT NULL -- JSON
);
CREATE INDEX call_scores_of_organization ON call_scores (organization_id, call_id);

-- Campaigns: lists of people who are called.
CREATE TABLE campaigns (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    state           TEXT NOT NULL, -- draft, running, paused, stopped, finished
    settings        TEXT NOT NULL, -- JSON: who talks, over which line, how often and when
    trouble         TEXT, -- why the newest call could not be made; none where it could
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    -- Two variants of who talks in a campaign: since when they are compared, and which of them the contact of an attempt got.
    compared_since  TIMESTAMP, -- none where there is one
    -- Contacts with an attempt on which somebody was talked with.
    contacts_talked BIGINT NOT NULL DEFAULT 0,
    -- The newest contact to which the campaign's filter was applied, while it is being applied to the list; empty at the beginning of the list, and
    -- none where it was applied to all of it. A contact whom it leaves out is in the state left_out.
    filtered_to     TEXT
);
CREATE INDEX campaigns_of_organization ON campaigns (organization_id, id);
CREATE INDEX campaigns_to_filter ON campaigns (id) WHERE filtered_to IS NOT NULL;

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
    updated_at      TIMESTAMP NOT NULL,
    -- The agent to whom a contact was shown before they are called, and until when the contact is theirs alone. None where nobody has them.
    previewed_by    TEXT,
    previewed_until TIMESTAMP
);
-- A list that is taken in twice has everybody once.
CREATE UNIQUE INDEX contacts_by_number ON contacts (campaign_id, number);
CREATE INDEX contacts_of_campaign ON contacts (campaign_id, id);
CREATE INDEX contacts_due ON contacts (campaign_id, next_at, id) WHERE state = 'waiting';
CREATE INDEX contacts_previewed ON contacts (organization_id, previewed_by) WHERE previewed_by IS NOT NULL;
-- Questions about a campaign of many contacts: progress, pages by state, end and outcome, and its outcomes of the last day. Each index begins with
-- the campaign: one that began with the organization would be taken for other questions, and read all of its rows.
CREATE INDEX contacts_by_state ON contacts (campaign_id, organization_id, state, id);
CREATE INDEX contacts_by_end ON contacts (campaign_id, organization_id, end_reason, id) WHERE end_reason IS NOT NULL;
CREATE INDEX contacts_by_outcome ON contacts (campaign_id, organization_id, last_outcome, id) WHERE last_outcome IS NOT NULL;

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
    outcome         TEXT,
    variant         TEXT, -- a, b; none where there was one
    -- The number that an attempt shows to its callee. None where that is left to the switch.
    shown           TEXT,
    -- The word of a detector of mailboxes on the call of an attempt, and whether the call went on otherwise. None where no detector said anything.
    detected_by     TEXT, -- line, own
    detected_as     TEXT, -- human, machine, unknown
    detection_wrong BOOLEAN,
    -- Sums of closed attempts, so that pages read some dozens of rows instead of all attempts of a campaign. The server keeps them
    -- (`src/store/campaigns/sums.rs`): whatever changes an attempt, or its call's cost, changes its sums in the same transaction.
    -- The time since which the two variants are compared among which an attempt counts: its campaign's `compared_since` as it was reserved. None
    -- where it has no variant, or counts in no comparison.
    compared_since  TIMESTAMP,
    -- How a campaign's call ended for the business: what the assistant said, or the newest wrap-up of an agent, which counts more.
    disposition_id  TEXT, -- none where nobody said it
    disposition_name TEXT, -- what it was called when it was chosen
    disposition_by  TEXT, -- assistant, agent
    -- Sums of closed attempts by the hour of the callee's week at which they were made, so that the hour of a further try is chosen by all calls of the
    -- last months. The server keeps them with the other sums (`src/store/campaigns/hour_sums.rs`).
    -- The hour at which it was made, where the callee is: 0 to 23 of a workday, 24 to 47 of a Saturday or Sunday, -1 where no zone of theirs is known.
    -- None where an earlier version has made it: which zone a number is in is known to the server alone, so the server fills these in behind the
    -- migrations.
    callee_hour     INTEGER,
    -- Which try of its contact it is: 1, 2, or 3 for the third and all behind it. None as above.
    callee_try      INTEGER
);
CREATE INDEX attempts_open ON attempts (reserved_at) WHERE closed_at IS NULL;
CREATE INDEX attempts_of_number ON attempts (organization_id, number, reserved_at);
-- How often a number was shown today, and what its newest calls came to.
CREATE INDEX attempts_of_shown ON attempts (organization_id, shown, reserved_at) WHERE shown IS NOT NULL;
CREATE INDEX attempts_by_outcome ON attempts (campaign_id, organization_id, outcome, closed_at);
-- The attempts of some contacts. With the contact alone, SQLite took an index of the organization's for it.
CREATE INDEX attempts_of_contact ON attempts (contact_id, organization_id, call_id);
-- Old attempts, which retention deletes by the moment in their ids.
CREATE INDEX attempts_of_organization ON attempts (organization_id, call_id);
CREATE INDEX attempts_without_hour ON attempts (callee_hour) WHERE callee_hour IS NULL;

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
-- Numbers that were put on the do-not-call list on a call, and those of which something said is still kept: retention looks for both, and the list
-- may have a million numbers that nobody has said anything of.
CREATE INDEX suppressions_of_call ON suppressions (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX suppressions_to_forget ON suppressions (organization_id, created_at) WHERE evidence <> '' OR call_id IS NOT NULL;

-- Days whose calls are in the warehouse, or are being written to it.
CREATE TABLE exported_days (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    day             TEXT NOT NULL, -- of the zone of the figures, as 2026-11-27
    changes         BIGINT NOT NULL, -- how often its calls have changed since it was first written
    written         BIGINT, -- how often they had when what is in the warehouse was read; none before it is there
    claimed_until   TIMESTAMP, -- until when the server that writes it is left alone
    PRIMARY KEY (organization_id, day)
);

-- Ids of the records that a retention run deleted, by transaction: append only. Runs of earlier versions have none.
CREATE TABLE retention_parts (
    id              TEXT PRIMARY KEY NOT NULL, -- UUID v7
    run_id          TEXT NOT NULL REFERENCES retention_runs (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    record_type     TEXT NOT NULL,
    record_ids      TEXT NOT NULL -- JSON: an array of ids
);
CREATE INDEX retention_parts_of_run ON retention_parts (run_id, id);

-- Calls that are over and whose profile asks for something, until they were looked at.
CREATE TABLE extractions_due (
    call_id         TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    asked           BIGINT NOT NULL -- how often a model was asked about it in vain
);
CREATE INDEX extractions_due_in_order ON extractions_due (asked, call_id);

-- Subjects of calls: values of their profiles' fields, and topics.
CREATE TABLE call_extractions (
    call_id         TEXT NOT NULL,
    kind            TEXT NOT NULL, -- topic, choice, yes_no, number, text
    name            TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL,
    version         BIGINT NOT NULL, -- of the profile; 0 of a draft
    place           BIGINT NOT NULL, -- in the profile, among fields or topics
    title           TEXT NOT NULL, -- when the call was answered
    value           TEXT, -- a choice, yes or no, a number or words; none of a topic
    found_by        TEXT NOT NULL, -- model, rules
    at              TIMESTAMP NOT NULL,
    PRIMARY KEY (call_id, kind, name)
);
CREATE INDEX call_extractions_by_name ON call_extractions (organization_id, kind, name, call_id);

-- How many contacts and attempts a campaign has, by what became of them: pages ask for it each second. Triggers keep it, in the transaction that
-- changes a row, whoever changes it. `kind` and `word`: state (of a contact who has not come to an end), end, outcome, open (with an empty word).
CREATE TABLE campaign_counts (
    campaign_id     TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL,
    word            TEXT NOT NULL,
    count           BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, organization_id, kind, word)
);

-- Beside hours and days, `figures` has months of the business's zone (grain: month), which are made of the days: a report of a year by key reads them
-- instead of thirty days each.

-- Days that have changed since their months were made. Triggers write them, in the transaction that changes a day, also where a server of an older
-- version does: a month without a mark says what its days say. Each change gives the mark another id, so that whoever makes a month takes away
-- only the changes that they have seen.
CREATE TABLE figure_month_marks (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    at              TIMESTAMP NOT NULL, -- when the day begins
    id              TEXT NOT NULL,
    PRIMARY KEY (organization_id, at)
);

-- A text of the key is empty, and the moment is that of 1970, where the attempt has none.
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
    campaign_id            TEXT NOT NULL REFERENCES campaigns (id), -- whose list it adds to
    name                   TEXT NOT NULL,
    secret_hash            TEXT NOT NULL UNIQUE, -- SHA-256 in hex
    enabled                BOOLEAN NOT NULL,
    expires_at             TIMESTAMP, -- none while it is there
    mapping                TEXT NOT NULL, -- JSON: which values of a body are what
    signature_header       TEXT NOT NULL,
    signing_secret         TEXT, -- sealed
    signing_secret_made_at TIMESTAMP,
    created_at             TIMESTAMP NOT NULL,
    last_used_at           TIMESTAMP,
    added                  BIGINT NOT NULL, -- contacts
    known                  BIGINT NOT NULL, -- contacts that were on the list already
    refused                BIGINT NOT NULL,
    refusals               TEXT NOT NULL, -- JSON: the newest of them, and nothing of what was sent
    made_by                TEXT
);
CREATE INDEX contact_links_of_campaign ON contact_links (campaign_id, id);

CREATE TABLE attempt_hours (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    month           TEXT NOT NULL, -- in which they were made, in UTC, as 2026-11
    campaign_id     TEXT NOT NULL,
    hour            INTEGER NOT NULL, -- callee_hour
    nth             INTEGER NOT NULL, -- callee_try
    rang            BIGINT NOT NULL, -- attempts that tell whether a person answers at this hour
    answered        BIGINT NOT NULL, -- those of them that a person answered
    PRIMARY KEY (organization_id, month, campaign_id, hour, nth)
);

-- The note and the outcome that an agent has written of a call so far. They are gone once the wrap-up is written, and with the call, its agent and its words.
-- A server of the version before deletes calls without knowing of drafts: so the call takes its drafts along.
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

-- Numbers that want no text messages. The list outlives the customers, whose `sms_opted_out` says the same while they are there: one who
-- was deleted took the wish with them.
CREATE TABLE text_opt_outs (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, number)
);
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

-- By statement: of 500 contacts that are added at once a count changes once. In the order of the key, so that no two wait for each other.
CREATE FUNCTION count_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, -1 AS change FROM old_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSE
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, -1 AS change FROM old_rows UNION ALL
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER contacts_insert_is_counted AFTER INSERT ON contacts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();

CREATE TRIGGER contacts_update_is_counted AFTER UPDATE ON contacts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();

CREATE TRIGGER contacts_delete_is_counted AFTER DELETE ON contacts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();

CREATE FUNCTION count_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, -1 AS change FROM old_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSE
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, -1 AS change FROM old_rows UNION ALL
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER attempts_insert_is_counted AFTER INSERT ON attempts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_attempts();

CREATE TRIGGER attempts_update_is_counted AFTER UPDATE ON attempts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_attempts();

CREATE TRIGGER attempts_delete_is_counted AFTER DELETE ON attempts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_attempts();

CREATE FUNCTION mark_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day figures%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN day := OLD; ELSE day := NEW; END IF;
    INSERT INTO figure_month_marks (organization_id, at, id) VALUES (day.organization_id, day.at, gen_random_uuid()::text)
        ON CONFLICT (organization_id, at) DO UPDATE SET id = EXCLUDED.id;
    RETURN NULL;
END
$$;

-- A day has a row of all calls as long as it has any.
CREATE TRIGGER figures_insert_marks_month AFTER INSERT ON figures FOR EACH ROW
    WHEN (NEW.grain = 'day' AND NEW.cut = 'all') EXECUTE FUNCTION mark_month();

CREATE TRIGGER figures_delete_marks_month AFTER DELETE ON figures FOR EACH ROW
    WHEN (OLD.grain = 'day' AND OLD.cut = 'all') EXECUTE FUNCTION mark_month();
