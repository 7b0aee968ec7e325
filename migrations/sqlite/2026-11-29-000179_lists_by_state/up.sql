-- Text messages by how far they have come, and appointments by their state: without these indexes a list of few goes through all of an organization.
CREATE INDEX messages_of_status ON messages (organization_id, status, id);
CREATE INDEX appointments_by_status ON appointments (organization_id, status, starts_at, id);

-- Activities that a user sees to, of which most have no owner, and lines of the audit log by who has done it.
CREATE INDEX activities_of_owner ON activities (organization_id, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX audit_log_of_actor ON audit_log (organization_id, actor, id);
