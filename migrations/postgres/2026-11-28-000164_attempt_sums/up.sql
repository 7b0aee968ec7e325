-- Sums of closed attempts, so that pages read some dozens of rows instead of all attempts of a campaign. The server keeps them
-- (`src/store/campaigns/sums.rs`): whatever changes an attempt, or its call's cost, changes its sums in the same transaction.

-- The time since which the two variants are compared among which an attempt counts: its campaign's `compared_since` as it was reserved. None
-- where it has no variant, or counts in no comparison.
ALTER TABLE attempts ADD COLUMN compared_since TIMESTAMP;
-- Contacts with an attempt on which somebody was talked with.
ALTER TABLE campaigns ADD COLUMN contacts_talked BIGINT NOT NULL DEFAULT 0;
-- How a campaign's call ended for the business: what the assistant said, or the newest wrap-up of an agent, which counts more.
ALTER TABLE attempts ADD COLUMN disposition_id TEXT; -- none where nobody said it
ALTER TABLE attempts ADD COLUMN disposition_name TEXT; -- what it was called when it was chosen
ALTER TABLE attempts ADD COLUMN disposition_by TEXT; -- assistant, agent

UPDATE attempts SET compared_since = (SELECT c.compared_since FROM campaigns AS c WHERE c.id = attempts.campaign_id)
    WHERE variant IS NOT NULL
        AND reserved_at >= (SELECT c.compared_since FROM campaigns AS c WHERE c.id = attempts.campaign_id);

UPDATE campaigns SET contacts_talked = (
    SELECT COUNT(DISTINCT a.contact_id) FROM attempts AS a
    WHERE a.campaign_id = campaigns.id AND a.organization_id = campaigns.organization_id AND a.outcome = 'talked'
);

UPDATE attempts SET
    disposition_id = (SELECT w.disposition_id FROM wrap_ups AS w
        WHERE w.call_id = attempts.call_id AND w.organization_id = attempts.organization_id AND w.disposition_id IS NOT NULL
        ORDER BY w.ended_at DESC, w.user_id DESC LIMIT 1),
    disposition_name = (SELECT COALESCE(w.disposition_name, '') FROM wrap_ups AS w
        WHERE w.call_id = attempts.call_id AND w.organization_id = attempts.organization_id AND w.disposition_id IS NOT NULL
        ORDER BY w.ended_at DESC, w.user_id DESC LIMIT 1),
    disposition_by = 'agent'
    WHERE EXISTS (SELECT 1 FROM wrap_ups AS w
        WHERE w.call_id = attempts.call_id AND w.organization_id = attempts.organization_id AND w.disposition_id IS NOT NULL);

-- A text of the key is empty, and the moment is that of 1970, where the attempt has none.
CREATE TABLE attempt_sums (
    campaign_id     TEXT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    outcome         TEXT NOT NULL,
    variant         TEXT NOT NULL,
    compared_since  TIMESTAMP NOT NULL,
    detected_by     TEXT NOT NULL,
    detected_as     TEXT NOT NULL,
    detection_wrong BOOLEAN NOT NULL,
    disposition_id  TEXT NOT NULL DEFAULT '',
    disposition_by  TEXT NOT NULL DEFAULT '',
    count           BIGINT NOT NULL, -- attempts
    kept            BIGINT NOT NULL, -- those whose call has a row
    cost_micros     BIGINT NOT NULL, -- of these calls, in millionths of the currency
    talk_ms         BIGINT NOT NULL, -- of these calls
    PRIMARY KEY (campaign_id, organization_id, outcome, variant, compared_since, detected_by, detected_as, detection_wrong, disposition_id,
        disposition_by)
);
INSERT INTO attempt_sums (campaign_id, organization_id, outcome, variant, compared_since, detected_by, detected_as, detection_wrong,
        disposition_id, disposition_by, count, kept, cost_micros, talk_ms)
    SELECT a.campaign_id, a.organization_id, a.outcome, COALESCE(a.variant, ''), COALESCE(a.compared_since, '1970-01-01 00:00:00'),
        COALESCE(a.detected_by, ''), COALESCE(a.detected_as, ''), COALESCE(a.detection_wrong, FALSE), COALESCE(a.disposition_id, ''),
        COALESCE(a.disposition_by, ''), COUNT(*), COUNT(c.id),
        CAST(COALESCE(SUM(c.cost_micros), 0) AS BIGINT), CAST(COALESCE(SUM(c.talk_ms), 0) AS BIGINT)
    FROM attempts AS a LEFT JOIN calls AS c ON c.id = a.call_id AND c.organization_id = a.organization_id
    WHERE a.outcome IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;

-- Calls of a campaign that reached their goal, where that is a disposition.
CREATE INDEX wrap_ups_by_disposition ON wrap_ups (organization_id, disposition_id, call_id);
