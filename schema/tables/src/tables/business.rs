//! The business behind the numbers.

use super::agent_profiles;

diesel::table! {
    agent_profile_versions (profile_id, version) {
        profile_id -> Text,
        version -> BigInt,
        organization_id -> Text,
        profile -> Text,
        published_at -> Timestamp,
        published_by -> Text,
        note -> Text,
    }
}

diesel::table! {
    business_profiles (organization_id) {
        organization_id -> Text,
        revision -> BigInt,
        profile -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    phone_numbers (id) {
        id -> Text,
        organization_id -> Text,
        number -> Text,
        profile_id -> Text,
        answering -> Text,
        created_at -> Timestamp,
        proof -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(agent_profiles, agent_profile_versions);
