-- Who sees to a to-do or a message that a caller left, and who has seen to a text message.
ALTER TABLE activities ADD COLUMN owner_id TEXT; -- a user
ALTER TABLE messages ADD COLUMN done_at TIMESTAMP;
ALTER TABLE messages ADD COLUMN done_by TEXT; -- a user; none where a program did it
-- What came long ago is nobody's task any more.
UPDATE messages SET done_at = updated_at WHERE direction = 'inbound' AND created_at < (now() AT TIME ZONE 'UTC') - INTERVAL '7 days';
CREATE INDEX messages_to_be_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NULL;
CREATE INDEX activities_to_be_done ON activities (organization_id, id) WHERE action <> 'completed';
