//! Supervision of live calls.

diesel::table! {
    supervision_policies (organization_id) {
        organization_id -> Text,
        policy -> Text,
    }
}
