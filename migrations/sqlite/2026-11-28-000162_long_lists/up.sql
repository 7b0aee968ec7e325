-- Questions about a campaign of many contacts: progress, pages by state, end and outcome, and its outcomes of the last day. Each index begins with
-- the campaign: one that began with the organization would be taken for other questions, and read all of its rows.
CREATE INDEX contacts_by_state ON contacts (campaign_id, organization_id, state, id);
CREATE INDEX contacts_by_end ON contacts (campaign_id, organization_id, end_reason, id) WHERE end_reason IS NOT NULL;
CREATE INDEX contacts_by_outcome ON contacts (campaign_id, organization_id, last_outcome, id) WHERE last_outcome IS NOT NULL;
DROP INDEX attempts_of_campaign;
CREATE INDEX attempts_by_outcome ON attempts (campaign_id, organization_id, outcome, closed_at);

-- The attempts of some contacts. With the contact alone, SQLite took an index of the organization's for it.
DROP INDEX attempts_of_contact;
CREATE INDEX attempts_of_contact ON attempts (contact_id, organization_id, call_id);

-- Old attempts, which retention deletes by the moment in their ids.
CREATE INDEX attempts_of_organization ON attempts (organization_id, call_id);
