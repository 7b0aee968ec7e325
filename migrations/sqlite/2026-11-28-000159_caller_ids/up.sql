-- The number that an attempt shows to its callee. None where that is left to the switch.
ALTER TABLE attempts ADD COLUMN shown TEXT;

-- How often a number was shown today, and what its newest calls came to.
CREATE INDEX attempts_of_shown ON attempts (organization_id, shown, reserved_at) WHERE shown IS NOT NULL;
