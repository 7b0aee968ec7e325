ALTER TABLE replays DROP COLUMN draft;
DROP TABLE second_drafts;
