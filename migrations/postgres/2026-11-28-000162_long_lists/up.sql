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

-- By statement: of 500 contacts that are added at once a count changes once. In the order of the key, so that no two wait for each other.
CREATE FUNCTION count_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, -1 AS change FROM old_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSE
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, -1 AS change FROM old_rows UNION ALL
                SELECT campaign_id, organization_id, CASE WHEN end_reason IS NULL THEN 'state' ELSE 'end' END AS kind,
                    COALESCE(end_reason, state) AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER contacts_insert_is_counted AFTER INSERT ON contacts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();
CREATE TRIGGER contacts_update_is_counted AFTER UPDATE ON contacts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();
CREATE TRIGGER contacts_delete_is_counted AFTER DELETE ON contacts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();
CREATE FUNCTION count_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, -1 AS change FROM old_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    ELSE
        INSERT INTO campaign_counts (campaign_id, organization_id, kind, word, count)
            SELECT campaign_id, organization_id, kind, word, SUM(change) FROM (
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, -1 AS change FROM old_rows UNION ALL
                SELECT campaign_id, organization_id, CASE WHEN outcome IS NULL THEN 'open' ELSE 'outcome' END AS kind,
                    COALESCE(outcome, '') AS word, 1 AS change FROM new_rows
            ) AS changes
            GROUP BY campaign_id, organization_id, kind, word HAVING SUM(change) <> 0
            ORDER BY campaign_id, organization_id, kind, word
            ON CONFLICT (campaign_id, organization_id, kind, word) DO UPDATE SET count = campaign_counts.count + EXCLUDED.count;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER attempts_insert_is_counted AFTER INSERT ON attempts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_attempts();
CREATE TRIGGER attempts_update_is_counted AFTER UPDATE ON attempts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_attempts();
CREATE TRIGGER attempts_delete_is_counted AFTER DELETE ON attempts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_attempts();
