ALTER TABLE calls DROP COLUMN identity;
ALTER TABLE talk_links DROP COLUMN signing_secret_made_at;
ALTER TABLE talk_links DROP COLUMN signing_secret;
