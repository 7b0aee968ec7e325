//! Accounts.

diesel::table! {
    users (id) {
        id -> Text,
        organization_id -> Text,
        email -> Text,
        name -> Text,
        role -> Text,
        status -> Text,
        password_hash -> Text,
        totp_secret -> Nullable<Text>,
        totp_pending -> Nullable<Text>,
        totp_step -> BigInt,
        recovery_codes -> Text,
        created_at -> Timestamp,
        last_sign_in_at -> Nullable<Timestamp>,
        language -> Nullable<Text>,
    }
}

diesel::table! {
    login_sessions (id) {
        id -> Text,
        organization_id -> Text,
        user_id -> Nullable<Text>,
        kind -> Text,
        secret_hash -> Text,
        previous_hash -> Nullable<Text>,
        created_at -> Timestamp,
        used_at -> Timestamp,
        expires_at -> Timestamp,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        prefix -> Text,
        token_hash -> Text,
        scopes -> Text,
        created_by -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        organization_id -> Text,
        email -> Nullable<Text>,
        role -> Text,
        token_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    password_resets (token_hash) {
        token_hash -> Text,
        organization_id -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        organization_id -> Text,
        recipient -> Text,
        subject -> Text,
        sealed_text -> Text,
        link_hash -> Text,
        attempts -> Integer,
        created_at -> Timestamp,
        due_at -> Timestamp,
        give_up_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(users, login_sessions);
