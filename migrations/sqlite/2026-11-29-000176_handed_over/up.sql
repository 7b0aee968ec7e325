-- Whether figures count a call as handed over: a person has joined, or the caller was sent on to one. Lists and figures asked three tables for it,
-- call by call, and looked through all calls of an organization in which nobody is handed over any more. The server keeps it with the call's row.
-- No server of an older version writes beside this one, as to a PostgreSQL: one server at a time has the data folder.
ALTER TABLE calls ADD COLUMN handed_over BOOLEAN NOT NULL DEFAULT FALSE;
