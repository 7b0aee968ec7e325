-- How many calls an agent has at once, those that are offered to them too. Whoever was there has one, as before.
ALTER TABLE agents ADD COLUMN calls_max INTEGER NOT NULL DEFAULT 1;
