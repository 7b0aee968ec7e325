-- Organizations that have put the list of first steps away.
CREATE TABLE onboarding (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id)
);
