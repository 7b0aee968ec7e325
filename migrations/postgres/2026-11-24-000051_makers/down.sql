ALTER TABLE integrations DROP COLUMN made_by;
ALTER TABLE webhooks DROP COLUMN made_by;
ALTER TABLE talk_links DROP COLUMN made_by;
ALTER TABLE invitations DROP COLUMN made_by;
ALTER TABLE calendar_feeds DROP COLUMN made_by;
