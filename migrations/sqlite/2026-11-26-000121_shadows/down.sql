DROP TABLE shadow_calls;
