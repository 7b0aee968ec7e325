-- What of the house's telephony an organization may use, by name: nothing where there is no row. The first organization has all of it.
CREATE TABLE grants (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL, -- switch, context, trunk, caller_id
    name            TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind, name)
);
