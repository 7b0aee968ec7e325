DROP INDEX calls_by_to_party;
DROP INDEX calls_by_from_party;
