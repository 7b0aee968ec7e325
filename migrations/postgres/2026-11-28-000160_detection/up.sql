-- The word of a detector of mailboxes on the call of an attempt, and whether the call went on otherwise. None where no detector said anything.
ALTER TABLE attempts ADD COLUMN detected_by TEXT; -- line, own
ALTER TABLE attempts ADD COLUMN detected_as TEXT; -- human, machine, unknown
ALTER TABLE attempts ADD COLUMN detection_wrong BOOLEAN;
