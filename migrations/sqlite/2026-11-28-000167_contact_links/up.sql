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
