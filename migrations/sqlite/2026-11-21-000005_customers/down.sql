CREATE TABLE activities_before (
    id              TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    call_id         TEXT NOT NULL REFERENCES calls (id),
    activity_type   TEXT NOT NULL,
    action          TEXT NOT NULL,
    title           TEXT NOT NULL,
    at              TIMESTAMP NOT NULL,
    audio_from_ms   BIGINT,
    audio_to_ms     BIGINT
);
INSERT INTO activities_before
    SELECT id, organization_id, call_id, activity_type, action, title, at, audio_from_ms, audio_to_ms FROM activities
    WHERE call_id IS NOT NULL AND activity_type = 'event' AND action = 'created';
DROP TABLE activities;
ALTER TABLE activities_before RENAME TO activities;
CREATE INDEX activities_of_organization ON activities (organization_id, id);
CREATE INDEX activities_of_call ON activities (call_id, id);
ALTER TABLE calls DROP COLUMN talk_ms;
DROP INDEX call_events_handoffs;
DROP TABLE tool_writes;
DROP TABLE messages;
DROP TABLE calendar_feeds;
DROP TABLE appointment_slots;
DROP TABLE appointments;
DROP TABLE leads;
DROP TABLE customers;
