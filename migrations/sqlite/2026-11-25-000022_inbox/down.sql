DROP INDEX activities_to_be_done;
DROP INDEX messages_to_be_done;
ALTER TABLE messages DROP COLUMN done_by;
ALTER TABLE messages DROP COLUMN done_at;
ALTER TABLE activities DROP COLUMN owner_id;
