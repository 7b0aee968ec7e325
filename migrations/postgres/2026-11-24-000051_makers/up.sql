-- Who made what goes on without them, by the user's id. What was there before has no maker: it is the organization's.
-- `api_tokens` has had `created_by` from its beginning.
ALTER TABLE calendar_feeds ADD COLUMN made_by TEXT;
ALTER TABLE invitations ADD COLUMN made_by TEXT;
ALTER TABLE talk_links ADD COLUMN made_by TEXT;
ALTER TABLE webhooks ADD COLUMN made_by TEXT;
ALTER TABLE integrations ADD COLUMN made_by TEXT;
