-- What is done is listed by when it was done, last first.
CREATE INDEX callbacks_done ON callbacks (organization_id, updated_at, id) WHERE state = 'done';
CREATE INDEX messages_last_done ON messages (organization_id, done_at, id) WHERE direction = 'inbound' AND done_at IS NOT NULL;
