-- Who of an organization may supervise its live calls, and who is told; without a row, what `SupervisionPolicy` has by default.
CREATE TABLE supervision_policies (
    organization_id TEXT PRIMARY KEY NOT NULL REFERENCES organizations (id),
    policy          TEXT NOT NULL -- JSON
);
