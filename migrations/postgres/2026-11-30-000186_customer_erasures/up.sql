-- Customers about whom everything is being erased. The row goes at the end, with the customer's.
CREATE TABLE customer_erasures (
    customer_id     TEXT PRIMARY KEY NOT NULL, -- No reference: somebody may remove the customer meanwhile
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    since           TIMESTAMP NOT NULL,
    asked_by        TEXT NOT NULL, -- JSON: kind, and id if it has one
    person          TEXT NOT NULL, -- JSON: the numbers, the e-mail address and the name by which everything about them is found
    counts          TEXT NOT NULL -- JSON: how many records were erased so far, by kind
);
-- Calls of visitors whose identity a website has signed are found by their e-mail address. Few calls have an identity.
CREATE INDEX calls_with_identity ON calls (organization_id, id) WHERE identity IS NOT NULL;
-- Records without a customer that name a person by number. Most records have a customer.
CREATE INDEX leads_of_number ON leads (organization_id, phone) WHERE customer_id IS NULL;
CREATE INDEX appointments_of_number ON appointments (organization_id, phone) WHERE customer_id IS NULL;
CREATE INDEX messages_from_number ON messages (organization_id, from_number) WHERE customer_id IS NULL;
CREATE INDEX messages_to_number ON messages (organization_id, to_number) WHERE customer_id IS NULL;
CREATE INDEX callbacks_of_number ON callbacks (organization_id, phone) WHERE customer_id IS NULL;
