-- The newest contact to which the campaign's filter was applied, while it is being applied to the list; empty at the beginning of the list, and
-- none where it was applied to all of it. A contact whom it leaves out is in the state left_out.
ALTER TABLE campaigns ADD COLUMN filtered_to TEXT;
CREATE INDEX campaigns_to_filter ON campaigns (id) WHERE filtered_to IS NOT NULL;
