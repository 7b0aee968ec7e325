-- A link's widget: on which pages of other sites it may stand, and how it looks.
ALTER TABLE talk_links ADD COLUMN origins TEXT NOT NULL DEFAULT ''; -- ' https://a.example http://localhost:3000 '
ALTER TABLE talk_links ADD COLUMN widget_position TEXT NOT NULL DEFAULT 'right'; -- right, left
ALTER TABLE talk_links ADD COLUMN widget_accent TEXT; -- #rrggbb
ALTER TABLE talk_links ADD COLUMN widget_greeting TEXT NOT NULL DEFAULT '';
