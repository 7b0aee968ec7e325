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

-- How many contacts and attempts a campaign has, by what became of them: pages ask for it each second. Triggers keep it, in the transaction that
-- changes a row, whoever changes it. `kind` and `word`: state (of a contact who has not come to an end), end, outcome, open (with an empty word).
CREATE TABLE campaign_counts (
    campaign_id     TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL,
    word            TEXT NOT NULL,
    count           BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, organization_id, kind, word)
);
INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
    SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END, COALESCE(end_reason, state), COUNT(*)
    FROM contacts GROUP BY 1, 2, 3, 4;
INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
    SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END, COALESCE(outcome, ''), COUNT(*)
    FROM attempts GROUP BY 1, 2, 3, 4;
CREATE TRIGGER contacts_insert_is_counted AFTER INSERT ON contacts BEGIN
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.end_reason IS NULL THEN 'state' ELSE 'end' END, COALESCE(new.end_reason, new.state), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER contacts_update_is_counted AFTER UPDATE OF state, end_reason ON contacts
WHEN old.state IS NOT new.state OR old.end_reason IS NOT new.end_reason BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.end_reason IS NULL THEN 'state' ELSE 'end' END
            AND word = COALESCE(old.end_reason, old.state);
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.end_reason IS NULL THEN 'state' ELSE 'end' END, COALESCE(new.end_reason, new.state), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER contacts_delete_is_counted AFTER DELETE ON contacts BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.end_reason IS NULL THEN 'state' ELSE 'end' END
            AND word = COALESCE(old.end_reason, old.state);
END;
CREATE TRIGGER attempts_insert_is_counted AFTER INSERT ON attempts BEGIN
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.outcome IS NULL THEN 'open' ELSE 'outcome' END, COALESCE(new.outcome, ''), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER attempts_update_is_counted AFTER UPDATE OF outcome ON attempts
WHEN old.outcome IS NOT new.outcome BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.outcome IS NULL THEN 'open' ELSE 'outcome' END
            AND word = COALESCE(old.outcome, '');
    INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
        VALUES (new.campaign_id, new.organization_id,
            CASE WHEN new.outcome IS NULL THEN 'open' ELSE 'outcome' END, COALESCE(new.outcome, ''), 1)
        ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER attempts_delete_is_counted AFTER DELETE ON attempts BEGIN
    UPDATE campaign_counts SET count = count - 1
        WHERE campaign_id = old.campaign_id AND organization_id = old.organization_id
            AND kind = CASE WHEN old.outcome IS NULL THEN 'open' ELSE 'outcome' END
            AND word = COALESCE(old.outcome, '');
END;
