-- The sums by hour of all campaigns of an organization, which have an empty campaign_id: what other campaigns have learned is read in some hundred
-- rows, however many campaigns there are. The server keeps them with the others (`src/store/campaigns/hour_sums.rs`).
INSERT INTO attempt_hours (organization_id, month, campaign_id, hour, nth, rang, answered)
SELECT organization_id, month, '', hour, nth, SUM(rang), SUM(answered) FROM attempt_hours GROUP BY organization_id, month, hour, nth;
