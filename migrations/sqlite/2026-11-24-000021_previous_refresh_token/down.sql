ALTER TABLE login_sessions DROP COLUMN previous_hash;
