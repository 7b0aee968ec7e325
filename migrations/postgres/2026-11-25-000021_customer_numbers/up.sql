-- Further numbers of customers: whoever was put together of two who had one each.
CREATE TABLE customer_numbers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    number          TEXT NOT NULL, -- E.164
    customer_id     TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, number)
);
CREATE INDEX customer_numbers_of_customer ON customer_numbers (customer_id);

-- Two who look alike, and are not one. The smaller id comes first.
CREATE TABLE customers_apart (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    one_id          TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    other_id        TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, one_id, other_id)
);
CREATE INDEX customers_apart_of_one ON customers_apart (one_id);
CREATE INDEX customers_apart_of_other ON customers_apart (other_id);
