-- What is to be done next with a lead, in the words of who looks after it.
ALTER TABLE leads ADD COLUMN next_step TEXT NOT NULL DEFAULT '';
