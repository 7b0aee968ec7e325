-- The calls of a customer: those that came from their number, and those that were made to it.
CREATE INDEX calls_by_from_party ON calls (organization_id, from_party, id);
CREATE INDEX calls_by_to_party ON calls (organization_id, to_party, id);
