-- The floor: who takes calls at a desk, in which queues, and what they write down afterwards.

-- How a user takes calls. A user without a row takes them in the browser, at no extension of their own.
CREATE TABLE agents (
    user_id         TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    extension       TEXT, -- a name; who asks for it asks for them
    audio           TEXT NOT NULL, -- browser, phone
    skills          TEXT NOT NULL, -- JSON array
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

-- What new organizations get, for those that are there. The ids are UUIDs of chance: their places order them.
INSERT INTO dispositions (id, organization_id, name, position)
    SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
                 substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
           organizations.id, given.column1, given.column2
    FROM organizations, (VALUES ('Resolved', 1), ('Follow up', 2), ('Wrong number', 3)) AS given;
INSERT INTO presence_reasons (id, organization_id, name, position)
    SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
                 substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
           organizations.id, given.column1, given.column2
    FROM organizations, (VALUES ('Lunch', 1), ('Break', 2), ('Training', 3)) AS given;
