-- Agents are asked at their desks as well.
DROP INDEX call_events_handoffs;
CREATE INDEX call_events_handoffs ON call_events (organization_id, at)
    WHERE kind IN ('handoff_requested', 'agent_requested', 'handoff_bridged', 'handoff_abandoned');
