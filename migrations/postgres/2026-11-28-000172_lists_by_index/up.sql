-- Names of texts at their provider, which reports by them: without it each report of a text reads all texts of all organizations.
CREATE INDEX messages_by_sid ON messages (sid) WHERE sid IS NOT NULL;

-- Numbers that were put on the do-not-call list on a call, and those of which something said is still kept: retention looks for both, and the list
-- may have a million numbers that nobody has said anything of.
CREATE INDEX suppressions_of_call ON suppressions (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX suppressions_to_forget ON suppressions (organization_id, created_at) WHERE evidence <> '' OR call_id IS NOT NULL;

-- Lists of a customer, a call, a person or a webhook in the order in which they are shown. Without the order in these indexes SQLite goes through
-- all of the organization in that order instead.
DROP INDEX messages_of_customer;
CREATE INDEX messages_of_customer ON messages (customer_id, organization_id, id);
DROP INDEX messages_of_call;
CREATE INDEX messages_of_call ON messages (organization_id, call_id, id);
DROP INDEX leads_of_customer;
CREATE INDEX leads_of_customer ON leads (customer_id, organization_id, id);
DROP INDEX appointments_of_customer;
CREATE INDEX appointments_of_customer ON appointments (customer_id, organization_id, starts_at, id);
DROP INDEX appointments_of_call;
CREATE INDEX appointments_of_call ON appointments (organization_id, call_id, starts_at, id);
DROP INDEX callbacks_of_queue;
CREATE INDEX callbacks_of_queue ON callbacks (queue_id, organization_id, id);
DROP INDEX callbacks_of_user;
CREATE INDEX callbacks_of_user ON callbacks (user_id, organization_id, id);
DROP INDEX deliveries_of_webhook;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, organization_id, id);
