//! The tables as diesel sees them; `migrations/` creates them and explains each column.

#![allow(missing_docs, reason = "the migrations document tables and columns")]

mod accounts;
mod audit;
mod business;
mod call_notes_and_shares;
mod campaign;
mod customer;
mod extraction;
mod floor;
mod outside;

mod reports;
mod retention;
mod studio;
mod supervision;
mod talk;

pub use accounts::{api_tokens, invitations, login_sessions, mails, password_resets, users};
pub use audit::audit_log;
pub use business::{agent_profile_versions, business_profiles, phone_numbers};
pub use call_notes_and_shares::{call_notes, call_shares, call_tags, call_views, call_words_due};
pub use campaign::{
    attempt_hours, attempt_sums, attempts, campaign_counts, campaigns, contact_links, contacts, suppressions,
};
pub use customer::{
    appointment_slots, appointments, calendar_feeds, customer_erasures, customer_numbers, customers,
    customers_apart, erased_numbers, leads, messages, text_opt_outs, tool_writes,
};
pub use extraction::{call_extractions, extractions_due};
pub use floor::{
    agents, callbacks, dispositions, presence_reasons, queue_members, queues, wrap_up_drafts, wrap_ups,
};
pub use outside::{custom_tools, deliveries, integrations, notice_settings, webhooks};
pub use reports::{exported_days, figure_marks, figure_month_marks, figure_zones, figures, report_mails};
pub use retention::{retention_parts, retention_periods, retention_runs};
pub use studio::{examples, replays, second_drafts, shadow_calls};
pub use supervision::{alarm_rules, alarms, call_scores, scorecards, supervision_policies};
pub use talk::talk_links;

diesel::table! {
    revisions (subject) {
        subject -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    organizations (id) {
        id -> Text,
        name -> Text,
        created_at -> Timestamp,
        suspended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    organization_deletions (organization_id) {
        organization_id -> Text,
        since -> Timestamp,
        asked_by -> Text,
        counts -> Text,
    }
}

diesel::table! {
    agent_profiles (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        language -> Text,
        tools -> Text,
        created_at -> Timestamp,
        instructions -> Text,
        greeting -> Nullable<Text>,
        speech -> Text,
        handoff -> Text,
        style -> Text,
        notice -> Nullable<Text>,
        extraction -> Text,
        revision -> BigInt,
        published_revision -> BigInt,
        published_version -> BigInt,
    }
}

diesel::table! {
    dtmf_actions (profile_id, digit) {
        profile_id -> Text,
        digit -> Text,
        organization_id -> Text,
        action -> Text,
    }
}

diesel::table! {
    extensions (organization_id, name) {
        organization_id -> Text,
        name -> Text,
        title -> Text,
        target -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    grants (organization_id, kind, name) {
        organization_id -> Text,
        kind -> Text,
        name -> Text,
    }
}

diesel::table! {
    dial_policies (organization_id) {
        organization_id -> Text,
        numbers_allowed -> Text,
        per_call_max -> BigInt,
        per_day_max -> BigInt,
    }
}

diesel::table! {
    calls (id) {
        id -> Text,
        organization_id -> Text,
        state -> Text,
        direction -> Text,
        from_party -> Nullable<Text>,
        to_party -> Nullable<Text>,
        identity -> Nullable<Text>,
        party_number -> Nullable<Text>,
        leg_kind -> Nullable<Text>,
        started_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        hangup_cause -> Nullable<Text>,
        hangup_by -> Nullable<Text>,
        profile_id -> Text,
        next -> Text,
        last_seq -> BigInt,
        provider -> Nullable<Text>,
        cost_micros -> BigInt,
        failure -> Nullable<Text>,
        talk_ms -> Nullable<BigInt>,
        tally -> Nullable<Text>,
        words_deleted_at -> Nullable<Timestamp>,
        judge_micros -> BigInt,
        not_judged -> Nullable<Text>,
        recording_lost_ms -> BigInt,
        handed_over -> Bool,
    }
}

diesel::table! {
    call_outside_ids (call_id, position) {
        call_id -> Text,
        position -> Integer,
        organization_id -> Text,
        kind -> Text,
        value -> Text,
    }
}

diesel::table! {
    call_agents (call_id, user_id) {
        call_id -> Text,
        user_id -> Text,
        organization_id -> Text,
        outcome -> Text,
        first_at -> Timestamp,
        joined_at -> Nullable<Timestamp>,
        left_at -> Nullable<Timestamp>,
        talked_ms -> BigInt,
        queue_id -> Nullable<Text>,
    }
}

diesel::table! {
    call_events (call_id, seq) {
        call_id -> Text,
        seq -> BigInt,
        organization_id -> Text,
        at -> Timestamp,
        kind -> Text,
        data -> Text,
    }
}

diesel::table! {
    transcript_items (call_id, seq) {
        call_id -> Text,
        seq -> BigInt,
        organization_id -> Text,
        at -> Timestamp,
        role -> Text,
        text -> Text,
        interrupted -> Bool,
    }
}

diesel::table! {
    recordings (call_id) {
        call_id -> Text,
        organization_id -> Text,
        file -> Text,
        duration_ms -> Nullable<BigInt>,
        encoded_at -> Nullable<Timestamp>,
        set_aside -> Nullable<Text>,
        moved_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    activities (id) {
        id -> Text,
        organization_id -> Text,
        call_id -> Nullable<Text>,
        activity_type -> Text,
        action -> Text,
        title -> Text,
        at -> Timestamp,
        audio_from_ms -> Nullable<BigInt>,
        audio_to_ms -> Nullable<BigInt>,
        due_at -> Nullable<Timestamp>,
        notes -> Text,
        updated_at -> Timestamp,
        owner_id -> Nullable<Text>,
    }
}

diesel::table! {
    idempotency_keys (organization_id, key) {
        organization_id -> Text,
        key -> Text,
        request -> Text,
        call_id -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    onboarding (organization_id) {
        organization_id -> Text,
    }
}

diesel::table! {
    idempotent_answers (organization_id, asker, key) {
        organization_id -> Text,
        asker -> Text,
        key -> Text,
        request -> Text,
        subject -> Nullable<Text>,
        status -> Nullable<Integer>,
        location -> Nullable<Text>,
        body -> Nullable<Text>,
        bytes -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    calls,
    call_agents,
    call_outside_ids,
    recordings,
    call_events,
    transcript_items,
    call_tags
);

diesel::allow_tables_to_appear_in_same_query!(calls, examples);
diesel::allow_tables_to_appear_in_same_query!(calls, organizations);
diesel::allow_tables_to_appear_in_same_query!(recordings, examples);
diesel::allow_tables_to_appear_in_same_query!(call_agents, wrap_ups);
diesel::allow_tables_to_appear_in_same_query!(report_mails, users);
diesel::allow_tables_to_appear_in_same_query!(appointments, appointment_slots);
diesel::allow_tables_to_appear_in_same_query!(customers, customer_numbers, leads, messages, calls);
diesel::allow_tables_to_appear_in_same_query!(customers, appointments);
diesel::allow_tables_to_appear_in_same_query!(call_scores, calls);
diesel::allow_tables_to_appear_in_same_query!(attempts, calls);
diesel::allow_tables_to_appear_in_same_query!(attempts, contacts);
diesel::allow_tables_to_appear_in_same_query!(attempts, leads);
diesel::allow_tables_to_appear_in_same_query!(attempts, appointments);
diesel::allow_tables_to_appear_in_same_query!(attempts, wrap_ups);
diesel::allow_tables_to_appear_in_same_query!(call_extractions, calls);
