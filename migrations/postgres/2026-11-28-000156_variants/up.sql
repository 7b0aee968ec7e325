-- Two variants of who talks in a campaign: since when they are compared, and which of them the contact of an attempt got.
ALTER TABLE campaigns ADD COLUMN compared_since TIMESTAMP; -- none where there is one
ALTER TABLE attempts ADD COLUMN variant TEXT; -- a, b; none where there was one
