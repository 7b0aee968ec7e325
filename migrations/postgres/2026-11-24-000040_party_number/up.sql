-- The number of the party of a call that is not ours, in its one form: nothing else makes two calls one person's.
ALTER TABLE calls ADD COLUMN party_number TEXT;
UPDATE calls SET party_number = regexp_replace(from_party, '^00', '+') WHERE direction = 'inbound';
UPDATE calls SET party_number = regexp_replace(to_party, '^00', '+') WHERE direction = 'outbound';
UPDATE calls SET party_number = NULL
    WHERE party_number !~ '^\+[1-9][0-9]{6,14}$'
    OR party_number IN ('+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253');
DROP INDEX calls_by_from_party;
DROP INDEX calls_by_to_party;
CREATE INDEX calls_by_party_number ON calls (organization_id, party_number, id);
