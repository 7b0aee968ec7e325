//! Tables of replays and examples.

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
