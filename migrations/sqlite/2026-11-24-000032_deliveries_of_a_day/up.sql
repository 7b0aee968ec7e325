-- What was told to people lately: it is gathered, and has a limit a day.
CREATE INDEX deliveries_of_day ON deliveries (organization_id, channel, created_at);
