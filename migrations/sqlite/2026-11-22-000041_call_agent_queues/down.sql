DROP INDEX call_agents_by_end;
ALTER TABLE call_agents DROP COLUMN queue_id;
