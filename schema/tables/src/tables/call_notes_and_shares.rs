//! Users' notes on calls, shared calls and saved views.

diesel::table! {
    call_tags (call_id, tag) {
        call_id -> Text,
        tag -> Text,
        organization_id -> Text,
    }
}

diesel::table! {
    call_notes (id) {
        id -> Text,
        organization_id -> Text,
        call_id -> Text,
        author_id -> Nullable<Text>,
        text -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    call_shares (id) {
        id -> Text,
        organization_id -> Text,
        call_id -> Text,
        user_id -> Text,
        by_id -> Nullable<Text>,
        note -> Text,
        created_at -> Timestamp,
        seen_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    call_views (id) {
        id -> Text,
        organization_id -> Text,
        owner_id -> Nullable<Text>,
        name -> Text,
        filters -> Text,
        shown -> Text,
        is_shared -> Bool,
        is_default -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    call_words_due (call_id) {
        call_id -> Text,
    }
}
