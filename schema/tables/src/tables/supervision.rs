//! Supervision of live calls, their alarms, and scores of calls.

diesel::table! {
    supervision_policies (organization_id) {
        organization_id -> Text,
        policy -> Text,
    }
}

diesel::table! {
    alarm_rules (organization_id) {
        organization_id -> Text,
        rules -> Text,
    }
}

diesel::table! {
    alarms (id) {
        id -> Text,
        organization_id -> Text,
        call_id -> Text,
        rule -> Text,
        detail -> Text,
        at -> Timestamp,
        acknowledged_at -> Nullable<Timestamp>,
        acknowledged_by -> Nullable<Text>,
    }
}

diesel::table! {
    scorecards (organization_id) {
        organization_id -> Text,
        card -> Text,
    }
}

diesel::table! {
    call_scores (call_id) {
        call_id -> Text,
        organization_id -> Text,
        percent -> Nullable<BigInt>,
        score -> Text,
    }
}
