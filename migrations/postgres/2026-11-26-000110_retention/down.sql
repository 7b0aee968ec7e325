DROP INDEX calls_with_words;
ALTER TABLE calls DROP COLUMN words_deleted_at;
DROP TABLE retention_runs;
DROP TABLE retention_periods;
