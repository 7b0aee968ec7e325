//! Retention periods, and records of deletions.

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

diesel::table! {
    retention_parts (id) {
        id -> Text,
        run_id -> Text,
        organization_id -> Text,
        record_type -> Text,
        record_ids -> Text,
    }
}
