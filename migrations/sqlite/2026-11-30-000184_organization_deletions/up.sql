-- Organizations that are being deleted. The row goes with the organization's.
CREATE TABLE organization_deletions (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    since           TIMESTAMP NOT NULL,
    asked_by        TEXT NOT NULL, -- JSON: kind, and id if it has one
    counts          TEXT NOT NULL -- JSON: how many records were deleted so far, by kind
);

-- These tables have many rows and no index of organizations: the deletion of an organization's row would read all of them. Each of their rows refers
-- to a call, campaign, profile or run, which refers to the organization. SQLite's manual (ALTER TABLE, "Making Other Kinds Of Table Schema Changes")
-- removes a foreign key like this. The new table above tells other connections to read the schema again.
PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = REPLACE(sql, ' REFERENCES organizations (id)', '')
    WHERE type = 'table' AND name IN ('call_outside_ids', 'call_events', 'transcript_items', 'call_notes', 'contacts', 'agent_profile_versions',
        'shadow_calls', 'retention_parts');
PRAGMA writable_schema = RESET;
