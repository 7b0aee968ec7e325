-- The queue by which an agent got a call. It refers to no row: a queue may be removed.
ALTER TABLE call_agents ADD COLUMN queue_id TEXT;
-- Who has left a call lately is looked for when the server starts.
CREATE INDEX call_agents_by_end ON call_agents (left_at);
