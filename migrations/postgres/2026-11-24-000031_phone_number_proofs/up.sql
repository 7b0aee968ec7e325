-- How it is known that a number is its organization's: 'operator', the name of its own account at Twilio that lists it, or 'none'.
-- What the first organization had is the operator's. What others had nobody has proved: it is found by their own accounts alone.
ALTER TABLE phone_numbers ADD COLUMN proof TEXT NOT NULL DEFAULT 'none';
UPDATE phone_numbers SET proof = 'operator' WHERE organization_id = (SELECT MIN(id) FROM organizations);
