//! Campaigns: the parties that they call, the result of each attempt, and the numbers that must not be called.

diesel::table! {
    campaigns (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        state -> Text,
        settings -> Text,
        trouble -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        compared_since -> Nullable<Timestamp>,
        contacts_talked -> BigInt,
        filtered_to -> Nullable<Text>,
    }
}

diesel::table! {
    contacts (id) {
        id -> Text,
        organization_id -> Text,
        campaign_id -> Text,
        number -> Text,
        variables -> Text,
        zone -> Nullable<Text>,
        consent -> Text,
        state -> Text,
        end_reason -> Nullable<Text>,
        next_at -> Timestamp,
        tries -> BigInt,
        last_outcome -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        previewed_by -> Nullable<Text>,
        previewed_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    attempts (call_id) {
        call_id -> Text,
        organization_id -> Text,
        campaign_id -> Text,
        contact_id -> Text,
        number -> Text,
        reserved_at -> Timestamp,
        dialled_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        outcome -> Nullable<Text>,
        variant -> Nullable<Text>,
        shown -> Nullable<Text>,
        detected_by -> Nullable<Text>,
        detected_as -> Nullable<Text>,
        detection_wrong -> Nullable<Bool>,
        compared_since -> Nullable<Timestamp>,
        disposition_id -> Nullable<Text>,
        disposition_name -> Nullable<Text>,
        disposition_by -> Nullable<Text>,
        callee_hour -> Nullable<Integer>,
        callee_try -> Nullable<Integer>,
    }
}

diesel::table! {
    attempt_hours (organization_id, month, campaign_id, hour, nth) {
        organization_id -> Text,
        month -> Text,
        campaign_id -> Text,
        hour -> Integer,
        nth -> Integer,
        rang -> BigInt,
        answered -> BigInt,
    }
}

diesel::table! {
    attempt_sums (
        campaign_id,
        organization_id,
        outcome,
        variant,
        compared_since,
        detected_by,
        detected_as,
        detection_wrong,
        disposition_id,
        disposition_by,
    ) {
        campaign_id -> Text,
        organization_id -> Text,
        outcome -> Text,
        variant -> Text,
        compared_since -> Timestamp,
        detected_by -> Text,
        detected_as -> Text,
        detection_wrong -> Bool,
        disposition_id -> Text,
        disposition_by -> Text,
        count -> BigInt,
        kept -> BigInt,
        cost_micros -> BigInt,
        talk_ms -> BigInt,
    }
}

diesel::table! {
    suppressions (organization_id, number) {
        organization_id -> Text,
        number -> Text,
        source -> Text,
        evidence -> Text,
        call_id -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    contact_links (id) {
        id -> Text,
        organization_id -> Text,
        campaign_id -> Text,
        name -> Text,
        secret_hash -> Text,
        enabled -> Bool,
        expires_at -> Nullable<Timestamp>,
        mapping -> Text,
        signature_header -> Text,
        signing_secret -> Nullable<Text>,
        signing_secret_made_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        added -> BigInt,
        known -> BigInt,
        refused -> BigInt,
        refusals -> Text,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    campaign_counts (campaign_id, organization_id, kind, word) {
        campaign_id -> Text,
        organization_id -> Text,
        kind -> Text,
        word -> Text,
        count -> BigInt,
    }
}
