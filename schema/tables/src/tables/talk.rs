//! Talk links.

diesel::table! {
    talk_links (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        token_hash -> Text,
        profile_id -> Text,
        enabled -> Bool,
        calls_max -> BigInt,
        calls_per_hour_max -> BigInt,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        made_by -> Nullable<Text>,
        origins -> Text,
        widget_position -> Text,
        widget_accent -> Nullable<Text>,
        widget_greeting -> Text,
        signing_secret -> Nullable<Text>,
        signing_secret_made_at -> Nullable<Timestamp>,
    }
}
