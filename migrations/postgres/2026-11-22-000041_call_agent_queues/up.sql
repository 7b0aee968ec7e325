-- The queue by which an agent got a call. It refers to no row: a queue may be removed.
ALTER TABLE call_agents ADD COLUMN queue_id TEXT;
