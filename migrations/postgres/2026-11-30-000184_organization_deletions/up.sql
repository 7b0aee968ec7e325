-- Organizations that are being deleted. The row goes with the organization's.
CREATE TABLE organization_deletions (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    since           TIMESTAMP NOT NULL,
    asked_by        TEXT NOT NULL, -- JSON: kind, and id if it has one
    counts          TEXT NOT NULL -- JSON: how many records were deleted so far, by kind
);

-- These tables have many rows and no index of organizations: the deletion of an organization's row would read all of them. Each of their rows refers
-- to a call, campaign, profile or run, which refers to the organization. The server of the previous version may be writing: its transactions take these
-- locks in another order, so all are taken at once or none.
DO $$
BEGIN
    FOR attempt IN 1..3000 LOOP
        BEGIN
            LOCK TABLE organizations, call_outside_ids, call_events, transcript_items, call_notes, contacts, agent_profile_versions, shadow_calls,
                retention_parts IN ACCESS EXCLUSIVE MODE NOWAIT;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.01);
        END;
    END LOOP;
END
$$;
ALTER TABLE call_outside_ids DROP CONSTRAINT call_outside_ids_organization_id_fkey;
ALTER TABLE call_events DROP CONSTRAINT call_events_organization_id_fkey;
ALTER TABLE transcript_items DROP CONSTRAINT transcript_items_organization_id_fkey;
ALTER TABLE call_notes DROP CONSTRAINT call_notes_organization_id_fkey;
ALTER TABLE contacts DROP CONSTRAINT contacts_organization_id_fkey;
ALTER TABLE agent_profile_versions DROP CONSTRAINT agent_profile_versions_organization_id_fkey;
ALTER TABLE shadow_calls DROP CONSTRAINT shadow_calls_organization_id_fkey;
ALTER TABLE retention_parts DROP CONSTRAINT retention_parts_organization_id_fkey;
