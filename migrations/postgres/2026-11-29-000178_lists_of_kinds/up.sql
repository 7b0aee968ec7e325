-- Calls of a kind, which are few of all: a call has no place in these indexes while it is written most often. The conditions are in the text of the
-- queries as they are here: only that shows the planner that they fit.
CREATE INDEX calls_handed_over ON calls (organization_id, id) WHERE handed_over;
CREATE INDEX calls_missed ON calls (organization_id, direction, id) WHERE answered_at IS NULL AND state = 'ended';

-- Calls by our number, as figures by number cut it, and by the cause that they ended for: `unknown` where none is on record.
CREATE INDEX calls_by_number ON calls
    (organization_id, SUBSTR(CASE direction WHEN 'inbound' THEN to_party ELSE from_party END, 1, 128), id)
    WHERE direction <> 'internal';
CREATE INDEX calls_by_cause ON calls (organization_id, COALESCE(hangup_cause, 'unknown'), id) WHERE state = 'ended';

-- Calls in which some agent came so far, the newest first.
CREATE INDEX call_agents_by_outcome ON call_agents (organization_id, outcome, call_id);

-- Lists that went through all of an organization for an owner or what is still open.
CREATE INDEX leads_of_owner ON leads (organization_id, owner_id, id);
CREATE INDEX alarms_open ON alarms (organization_id, id) WHERE acknowledged_at IS NULL;
