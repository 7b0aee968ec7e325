//! Tables of second drafts, replays, examples and shadows.

diesel::table! {
    replays (id) {
        id -> Text,
        organization_id -> Text,
        profile_id -> Text,
        kind -> Text,
        call_id -> Nullable<Text>,
        asked_by -> Text,
        version -> Nullable<BigInt>,
        draft_revision -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        steps -> BigInt,
        steps_done -> BigInt,
        cost_micros -> BigInt,
        started_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        result -> Text,
        draft -> Text,
    }
}

diesel::table! {
    second_drafts (profile_id) {
        profile_id -> Text,
        organization_id -> Text,
        profile -> Text,
        revision -> BigInt,
        published_revision -> BigInt,
        published_version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    examples (id) {
        id -> Text,
        organization_id -> Text,
        profile_id -> Text,
        call_id -> Text,
        turn_seq -> Nullable<BigInt>,
        name -> Text,
        expectations -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    shadow_calls (id) {
        id -> Text,
        organization_id -> Text,
        profile_id -> Text,
        call_id -> Text,
        given_by -> Text,
        provider -> Text,
        started_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        failure -> Nullable<Text>,
        cost_micros -> BigInt,
        turns -> Text,
    }
}
