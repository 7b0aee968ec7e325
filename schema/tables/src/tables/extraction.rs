//! Extracted contents of calls.

diesel::table! {
    extractions_due (call_id) {
        call_id -> Text,
        organization_id -> Text,
        asked -> BigInt,
    }
}

diesel::table! {
    call_extractions (call_id, kind, name) {
        call_id -> Text,
        kind -> Text,
        name -> Text,
        organization_id -> Text,
        profile_id -> Text,
        version -> BigInt,
        place -> BigInt,
        title -> Text,
        value -> Nullable<Text>,
        found_by -> Text,
        at -> Timestamp,
    }
}
