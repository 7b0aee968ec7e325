-- Only the refresh token before the newest says that somebody has a copy: any other wrong secret is refused and ends nothing.
ALTER TABLE login_sessions ADD COLUMN previous_hash TEXT;
