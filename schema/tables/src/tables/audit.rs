//! The audit log.

diesel::table! {
    audit_log (id) {
        id -> Text,
        organization_id -> Text,
        at -> Timestamp,
        actor -> Text,
        action -> Text,
        subject -> Text,
        address -> Nullable<Text>,
        detail -> Text,
    }
}
