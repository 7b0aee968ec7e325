DROP TABLE talk_links;
