-- Calls that are not over, the newest first: of an organization, and of all. Without them a start, and a page that missed changes, read every call.
-- Two of them: by one that has both columns, SQLite reads either all calls, or all of the organization's.
CREATE INDEX live_calls_of_organization ON calls (organization_id, id) WHERE state <> 'ended';
CREATE INDEX live_calls ON calls (id) WHERE state <> 'ended';
