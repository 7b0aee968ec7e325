ALTER TABLE talk_links DROP COLUMN widget_greeting;
ALTER TABLE talk_links DROP COLUMN widget_accent;
ALTER TABLE talk_links DROP COLUMN widget_position;
ALTER TABLE talk_links DROP COLUMN origins;
