ALTER TABLE call_agents DROP COLUMN queue_id;
