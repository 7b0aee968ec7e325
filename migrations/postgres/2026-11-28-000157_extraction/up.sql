-- Fields and topics that a profile asks of its calls once they are over, as JSON.
ALTER TABLE agent_profiles ADD COLUMN extraction TEXT NOT NULL DEFAULT '{}';

-- Calls that are over and whose profile asks for something, until they were looked at.
CREATE TABLE extractions_due (
    call_id         TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    asked           BIGINT NOT NULL -- how often a model was asked about it in vain
);
CREATE INDEX extractions_due_in_order ON extractions_due (asked, call_id);

-- Subjects of calls: values of their profiles' fields, and topics.
CREATE TABLE call_extractions (
    call_id         TEXT NOT NULL,
    kind            TEXT NOT NULL, -- topic, choice, yes_no, number, text
    name            TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    profile_id      TEXT NOT NULL,
    version         BIGINT NOT NULL, -- of the profile; 0 of a draft
    place           BIGINT NOT NULL, -- in the profile, among fields or topics
    title           TEXT NOT NULL, -- when the call was answered
    value           TEXT, -- a choice, yes or no, a number or words; none of a topic
    found_by        TEXT NOT NULL, -- model, rules
    at              TIMESTAMP NOT NULL,
    PRIMARY KEY (call_id, kind, name)
);
CREATE INDEX call_extractions_by_name ON call_extractions (organization_id, kind, name, call_id);
