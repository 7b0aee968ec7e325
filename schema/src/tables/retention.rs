//! For how long things are kept, and what was deleted.

diesel::table! {
    retention_periods (organization_id) {
        organization_id -> Text,
        days -> Text,
    }
}

diesel::table! {
    retention_runs (id) {
        id -> Text,
        organization_id -> Text,
        at -> Timestamp,
        kind -> Text,
        kept_days -> BigInt,
        deleted -> BigInt,
        bytes -> BigInt,
    }
}
