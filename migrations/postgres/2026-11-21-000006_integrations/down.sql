DROP TABLE custom_tools;
DROP TABLE notice_settings;
DROP TABLE deliveries;
DROP TABLE webhooks;
DROP TABLE integrations;
