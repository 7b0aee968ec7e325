-- Text messages that wait, or are being sent: looked for every few seconds.
CREATE INDEX messages_by_status ON messages (status, updated_at);
