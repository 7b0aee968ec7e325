-- Who a visitor of a website is, as its server has signed it, and the secret of a talk link that it signs with.
ALTER TABLE talk_links ADD COLUMN signing_secret TEXT; -- sealed
ALTER TABLE talk_links ADD COLUMN signing_secret_made_at TIMESTAMP;
ALTER TABLE calls ADD COLUMN identity TEXT; -- JSON
