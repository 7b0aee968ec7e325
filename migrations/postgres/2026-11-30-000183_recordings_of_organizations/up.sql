-- Recordings that are kept no longer are looked for every ten minutes, of one organization at a time: by their calls alone those of all others were read, which
-- may keep theirs for ever.
CREATE INDEX recordings_of_organization ON recordings (organization_id, call_id);
