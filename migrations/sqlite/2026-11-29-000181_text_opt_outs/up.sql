-- Numbers that want no text messages. The list outlives the customers, whose `sms_opted_out` says the same while they are there: one who
-- was deleted took the wish with them.
-- No server of an older version writes beside this one, as to a PostgreSQL: one server at a time has the data folder.
CREATE TABLE text_opt_outs (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    created_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, number)
);
INSERT INTO text_opt_outs (organization_id, number, created_at)
    SELECT organization_id, phone, updated_at FROM customers WHERE sms_opted_out AND phone IS NOT NULL;
INSERT INTO text_opt_outs (organization_id, number, created_at)
    SELECT n.organization_id, n.number, c.updated_at FROM customers AS c JOIN customer_numbers AS n ON n.customer_id = c.id
    WHERE c.sms_opted_out
    ON CONFLICT DO NOTHING;
