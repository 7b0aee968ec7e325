-- The number of the party of a call that is not ours, in its one form: nothing else makes two calls one person's.
ALTER TABLE calls ADD COLUMN party_number TEXT;
UPDATE calls SET party_number = CASE WHEN from_party LIKE '00%' THEN '+' || substr(from_party, 3) ELSE from_party END WHERE direction = 'inbound';
UPDATE calls SET party_number = CASE WHEN to_party LIKE '00%' THEN '+' || substr(to_party, 3) ELSE to_party END WHERE direction = 'outbound';
UPDATE calls SET party_number = NULL
    WHERE party_number NOT GLOB '+[1-9]*' OR substr(party_number, 2) GLOB '*[^0-9]*'
    OR length(party_number) NOT BETWEEN 8 AND 16
    OR party_number IN ('+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253');
DROP INDEX calls_by_from_party;
DROP INDEX calls_by_to_party;
CREATE INDEX calls_by_party_number ON calls (organization_id, party_number, id);
