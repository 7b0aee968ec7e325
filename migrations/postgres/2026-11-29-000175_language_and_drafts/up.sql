-- The language in which a user has the pages. None where they have chosen none: their browser decides.
ALTER TABLE users ADD COLUMN language TEXT;

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
