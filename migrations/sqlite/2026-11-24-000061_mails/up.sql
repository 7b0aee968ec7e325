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
