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
    user_agent      TEXT
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
    expires_at      TIMESTAMP NOT NULL
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
