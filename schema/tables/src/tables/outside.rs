//! Integrations, webhooks and deliveries, notices, custom tools.

diesel::table! {
    integrations (organization_id, kind) {
        organization_id -> Text,
        kind -> Text,
        settings -> Text,
        secrets -> Text,
        updated_at -> Timestamp,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        organization_id -> Text,
        url -> Text,
        events -> Text,
        secret -> Text,
        enabled -> Bool,
        failing_since -> Nullable<Timestamp>,
        off_reason -> Nullable<Text>,
        created_at -> Timestamp,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Text,
        organization_id -> Text,
        channel -> Text,
        webhook_id -> Nullable<Text>,
        target -> Text,
        event -> Text,
        body -> Text,
        state -> Text,
        attempts -> Integer,
        created_at -> Timestamp,
        due_at -> Timestamp,
        claimed -> Bool,
        give_up_at -> Timestamp,
        tried_at -> Nullable<Timestamp>,
        status -> Nullable<Integer>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    notice_settings (organization_id) {
        organization_id -> Text,
        settings -> Text,
    }
}

diesel::table! {
    custom_tools (id) {
        id -> Text,
        organization_id -> Text,
        profile_id -> Text,
        name -> Text,
        description -> Text,
        method -> Text,
        url -> Text,
        parameters -> Text,
        headers -> Text,
        timeout_ms -> Integer,
        created_at -> Timestamp,
    }
}
