DROP INDEX calls_by_party_number;
ALTER TABLE calls DROP COLUMN party_number;
CREATE INDEX calls_by_from_party ON calls (organization_id, from_party, id);
CREATE INDEX calls_by_to_party ON calls (organization_id, to_party, id);
