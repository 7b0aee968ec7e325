-- The agent to whom a contact was shown before they are called, and until when the contact is theirs alone. None where nobody has them.
ALTER TABLE contacts ADD COLUMN previewed_by TEXT;
ALTER TABLE contacts ADD COLUMN previewed_until TIMESTAMP;

CREATE INDEX contacts_previewed ON contacts (organization_id, previewed_by) WHERE previewed_by IS NOT NULL;
