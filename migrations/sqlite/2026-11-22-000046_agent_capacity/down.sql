ALTER TABLE agents DROP COLUMN calls_max;
