//! The floor: agents, queues, and wrap-ups.

diesel::table! {
    agents (user_id) {
        user_id -> Text,
        organization_id -> Text,
        extension -> Nullable<Text>,
        audio -> Text,
        skills -> Text,
        calls_max -> Integer,
    }
}

diesel::table! {
    queues (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        title -> Text,
        strategy -> Text,
        ring_s -> Integer,
        skills -> Text,
        priority -> Integer,
        max_wait_s -> Integer,
        max_waiting -> Integer,
        overflow -> Text,
        in_hours_only -> Bool,
        tells_position -> Bool,
        wrap_up_s -> Integer,
        wrap_up_required -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    queue_members (queue_id, user_id) {
        queue_id -> Text,
        user_id -> Text,
        organization_id -> Text,
        tier -> Integer,
    }
}

diesel::table! {
    dispositions (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        position -> Integer,
    }
}

diesel::table! {
    presence_reasons (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        position -> Integer,
    }
}

diesel::table! {
    wrap_ups (call_id, user_id) {
        call_id -> Text,
        user_id -> Text,
        organization_id -> Text,
        queue_id -> Nullable<Text>,
        disposition_id -> Nullable<Text>,
        disposition_name -> Nullable<Text>,
        note -> Text,
        started_at -> Timestamp,
        ended_at -> Timestamp,
    }
}

diesel::table! {
    wrap_up_drafts (call_id, user_id) {
        call_id -> Text,
        user_id -> Text,
        organization_id -> Text,
        disposition_id -> Nullable<Text>,
        note -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    callbacks (id) {
        id -> Text,
        organization_id -> Text,
        queue_id -> Nullable<Text>,
        call_id -> Text,
        customer_id -> Nullable<Text>,
        phone -> Text,
        about -> Text,
        state -> Text,
        user_id -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
