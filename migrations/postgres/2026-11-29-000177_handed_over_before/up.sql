-- Calls of before that were handed over. A tally that knows of no hand-offs that joined does not name them; of a call without a tally its journal tells.
-- Other servers read and write meanwhile, but for the rows that are changed here: so those that they may still write come last, when it is nearly over.
UPDATE calls SET handed_over = TRUE WHERE NOT handed_over
    AND ended_at < (now() AT TIME ZONE 'UTC') - INTERVAL '1 hour' AND (
    hangup_cause = 'call_transferred'
    OR tally LIKE '%"bridged":%'
    OR id IN (SELECT call_id FROM call_agents WHERE joined_at IS NOT NULL)
    OR (tally IS NULL AND EXISTS (SELECT 1 FROM call_events WHERE call_events.call_id = calls.id
        AND call_events.kind IN ('handoff_bridged', 'agent_joined'))));
UPDATE calls SET handed_over = TRUE WHERE NOT handed_over
    AND (ended_at IS NULL OR ended_at >= (now() AT TIME ZONE 'UTC') - INTERVAL '1 hour') AND (
    hangup_cause = 'call_transferred'
    OR tally LIKE '%"bridged":%'
    OR id IN (SELECT call_id FROM call_agents WHERE joined_at IS NOT NULL)
    OR (tally IS NULL AND EXISTS (SELECT 1 FROM call_events WHERE call_events.call_id = calls.id
        AND call_events.kind IN ('handoff_bridged', 'agent_joined'))));
