-- Numbers that want no text messages. The list outlives the customers, whose `sms_opted_out` says the same while they are there: one who
-- was deleted took the wish with them.
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

-- Servers of an older version go on noting the wish with the customer alone. So the numbers of such a customer go to the list before a server
-- of any version deletes the customer. A trigger of what they write would make rows beside those that a restore brings.
CREATE FUNCTION keep_text_opt_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO text_opt_outs (organization_id, number, created_at)
        SELECT OLD.organization_id, OLD.phone, OLD.updated_at WHERE OLD.phone IS NOT NULL
        UNION ALL
        SELECT organization_id, number, OLD.updated_at FROM customer_numbers WHERE customer_id = OLD.id
        ON CONFLICT DO NOTHING;
    RETURN OLD;
END
$$;
CREATE TRIGGER customers_delete_keeps_text_opt_out BEFORE DELETE ON customers FOR EACH ROW
    WHEN (OLD.sms_opted_out) EXECUTE FUNCTION keep_text_opt_out();
