DROP TABLE call_views;
DROP TABLE call_shares;
DROP TABLE call_notes;
DROP TABLE call_tags;
