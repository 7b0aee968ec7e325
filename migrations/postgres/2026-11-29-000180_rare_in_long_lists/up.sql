-- Text messages that came in and were seen to, beside `messages_to_be_done`: those that go out may be many more.
CREATE INDEX messages_done ON messages (organization_id, id) WHERE direction = 'inbound' AND done_at IS NOT NULL;

-- Deliveries that are due are taken by organization and target: one whose webhooks take nothing may have thousands that wait.
CREATE INDEX deliveries_due_of_target ON deliveries (organization_id, state, target, due_at, id);

-- Lines of the audit log by what they are about: the log is never cut, and a page for a rare subject went through all of it. It comes
-- last, as in changes: an older server that goes on meanwhile and this one would wait for each other.
CREATE INDEX audit_log_of_subject ON audit_log (organization_id, SPLIT_PART(action, '.', 1), id);
