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
