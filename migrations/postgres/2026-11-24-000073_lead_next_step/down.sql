ALTER TABLE leads DROP COLUMN next_step;
