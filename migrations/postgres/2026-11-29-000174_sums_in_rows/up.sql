-- An SQLite keeps its sums in another way since this migration. Rows of a PostgreSQL lie beside their key's tree anyway: it only says what the
-- column has had since months came to it.
COMMENT ON COLUMN figures.grain IS 'hour, day, month';
