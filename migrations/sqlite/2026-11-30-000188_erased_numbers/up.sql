-- Numbers of people about whom everything was erased, so that an import does not bring them back. The fingerprint is the beginning of a hash, and too
-- short to find the number by it: some hundred numbers have the same.
CREATE TABLE erased_numbers (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    fingerprint     TEXT NOT NULL,
    PRIMARY KEY (organization_id, fingerprint)
);
