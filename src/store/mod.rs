//! The store: the journal of all calls, and the tables folded from it, in one SQLite file or one PostgreSQL database.
//!
//! ```text
//! calls, registry -> StoreActor -> Queue -> Writer's thread -> SQLite or PostgreSQL
//!                         |
//!                         `-> tap (live views)        Reads (pool) <- API, commands, LoadProfiles
//! ```
//!
//! - Passing an entry to the store never blocks. The entry is on disk within 200 ms, and [`Store::commit`] waits for it.
//! - "On disk" means that it survives the death of the process. A power failure may cost SQLite the last commits, but never the file; PostgreSQL
//!   guarantees what its `synchronous_commit` specifies.
//! - While the database accepts nothing (locked, disk full, unavailable), entries wait in memory, up to [`JOURNAL_WAITING_MAX`]. Beyond that they are
//!   lost and counted.
//! - Every query takes the organization, except those for the whole server: the writer that folds any journal, the first organization, those that are
//!   being deleted, customers who are being erased, the calls that a dead process left open, active and cached calls, settings for answering calls,
//!   running campaigns with their open attempts and filters, lookups of a call, a number or messages for Twilio, lookups for signing in, and the
//!   sender of the outbox.

mod activities;
mod actor;
mod after_end;
mod agents;
mod alarms;
mod answers;
mod api_tokens;
mod appointments;
mod asker;
mod audit;
mod belongings;
mod bookings;
mod business;
mod call_notes;
mod call_views;
mod call_words;
mod callbacks;
mod calls;
mod campaigns;
mod changes;
mod changing;
mod charges;
mod choices;
mod connection;
mod contact_links;
pub mod copying;
mod costs;
mod counted;
mod counted_as;
mod custom_tools;
mod customer_erasures;
mod customer_imports;
mod customer_profile;
mod customers;
mod dashboard;
mod day;
mod days;
mod deliveries;
mod dialler_calls;
mod dialling;
mod drafts;
#[cfg(test)]
#[path = "../../tests/store/entries.rs"]
#[allow(dead_code, reason = "the journals that tests/store and tests/api write too")]
pub(crate) mod entries;
mod error;
mod events;
mod exported_days;
mod extractions;
#[cfg(feature = "fault-injection")]
pub mod fault;
mod feeds;
mod figures;
mod gathering;
mod grants;
mod idempotency;
mod inbox;
mod inserting;
mod integrations;
mod invitations;
mod job_faults;
mod journal;
mod judging;
mod leads;
mod logins;
mod mails;
mod merges;
mod messages;
mod migrated_by;
mod migrations;
mod moments;
mod notices;
mod notifications;
mod old_keys;
mod onboarding;
mod once;
mod organization_deletions;
mod phone_numbers;
mod pool;
mod postgres;
mod profile_keys;
mod profile_versions;
mod profiles;
mod quality;
mod queue;
mod queues;
mod read_turns;
mod readable;
mod recordings;
mod replays;
mod report_mails;
mod resume;
mod retention;
mod revisions;
mod saturating_sum;
mod sealed;
mod search;
mod settings;
mod settings_of_calls;
mod shadows;
mod sqlite;
mod supervision;
mod talk_links;
mod text;
mod text_gate;
mod text_opt_outs;
mod text_wishes;
mod texts;
mod tool_writes;
mod users;
mod webhooks;
mod wrap_up_drafts;
mod wrap_ups;
mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::messages::{JournalHealth, StoreFault};
use cordboard_schema::audit::AuditEntry;
use cordboard_schema::changed::Changed;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::limits::{CHANGES_TAP, JOURNAL_TAP_ENTRIES, JOURNAL_WAITING_MAX};
use cordboard_schema::time::UnixMs;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::config::Database;

pub use activities::{ActivityPlace, ActivityQuery};
pub use actor::StoreActor;
pub use alarms::Raising;
pub use answers::{Before, Keep, KeptAnswer, Keyed};
pub use appointments::AppointmentQuery;
pub use asker::{Asker, asked_by};
pub(crate) use asker::{done_for, present_asker};
pub use belongings::{Made, Maker};
pub use bookings::{AskedService, Bookable, FreeSlots};
pub use business::StoredBusiness;
pub use callbacks::{CallbackHand, CallbackQuery, CallbackRefused, claimed_to_call};
pub use calls::{CallQuery, CallTimes};
pub use campaigns::{
    Added, CalledAgain, CallerIdSums, Closing, ContactCalls, ContactPlace, ContactQuery, DetectionSums,
    DialledBefore, DispositionChosen, DispositionSums, DueContacts, EarlierCalls, EmailQueued, EmailWanted,
    NotCalled, NotPreviewed, OutcomeSums, Outcomes, Previewed, Progress, Reserved, SuppressionQuery,
    Unclosed, VariantSums,
};
pub use changing::MayRefuse;
pub use connection::Connection;
pub use contact_links::PostOutcome;
pub use customer_erasures::{
    CallsOfPerson, CallsToErase, EXPORTED_TABLES, ErasedCustomer, Erasure, ErasureCounts,
    NOT_EXPORTED_TABLES, NamingRows, Promises, RecordKind, RecordRows, RecordsOfPerson, RecordsToErase,
    ToErase,
};
pub use customer_imports::{ImportedRow, NotImported};
pub use customers::CustomerQuery;
pub use deliveries::{Attempted, DeliveryQuery, NotRedelivered};
pub use drafts::NotDiscarded;
pub use error::StoreError;
pub use events::After;
pub use exported_days::ClaimedDay;
pub use extractions::{DueExtraction, FoundOfCall};
pub use figures::{Ask, Beginning, Counted, CountedCall, CountedMonth, DayFigures, Uncounted};
pub use idempotency::Claim;
pub use inbox::Waiting;
pub use invitations::ADDRESS_LINK;
pub(crate) use job_faults::AboutRows;
pub use job_faults::{Job, JobFaults, Unreadable};
pub use judging::CallToJudge;
pub use leads::{LeadOwner, LeadQuery};
pub use mails::{ClaimedMails, NOTICE_LINK, REPORT_LINK};
pub use merges::{LikelyDouble, Moved};
pub use messages::MessageQuery;
pub use migrations::{DatabaseState, Unknown, check, count_calls, migrate};
pub use once::{Once, done_once};
pub use organization_deletions::DeletedUpTo;
pub use pool::Reads;
pub use postgres::LockHolder;
pub(crate) use postgres::{LockState, Patience, ServerLock};
pub use profiles::{FIRST_PROFILE, ProfileHead, ReadDrafts};
pub use quality::ToScore;
pub use readable::{Readable, unreadable_settings};
pub use recordings::{DueRecording, MovedForms};
pub use replays::{ExampleRefused, NoReplay};
pub use report_mails::{DueReport, may_read_reports};
pub use resume::{EndedUnread, LeftCalls, Resume, Resumes};
pub use retention::{Deleted, OldRecording, OldRows};
pub use settings::StoreSettings;
pub use settings_of_calls::SettingsOfCalls;
pub use text_gate::{AdmittedText, TextRefused, TextSaid, TextSettings, TextWanted};
pub use texts::{ClaimedText, DeliveryReport, Incoming, MessageName, TextsLeft, TextsOf, UnreportedText};
pub(crate) use webhooks::host_of as host_of_webhook;
pub use wrap_ups::StoredWrapUp;

/// Queries, for [`Reads::run`].
pub mod query {
    pub use super::activities::{find as activity, list as activities};
    pub use super::agents::{
        at_extension as agent_at_extension, find as agent, floor, floors_everywhere, list as agents,
        own_extensions,
    };
    pub use super::alarms::{list as alarms, rules as alarm_rules};
    pub use super::answers::find as answer_before;
    pub use super::api_tokens::{
        by_hash as api_token_by_hash, ids_of as api_tokens_of, ids_of_all as api_tokens_of_all,
        list as api_tokens, opens as api_token_opens,
    };
    pub use super::appointments::{find as appointment, list as appointments};
    pub use super::audit::{AuditFilter, list as audit_log, old_entries as old_audit_entries};
    pub use super::belongings::list as belongings;
    pub use super::bookings::{
        asked as asked_service, clash as appointment_clash, free as free_slots, resource_after,
    };
    pub use super::business::find as business_profile;
    pub use super::call_notes::{
        known_tags as known_call_tags, note as call_note, notes as call_notes,
        shared_with as calls_shared_with, shares as call_shares, tags as call_tags,
    };
    pub use super::call_views::{find as call_view, list as call_views};
    pub use super::callbacks::{find as callback, list as callbacks};
    pub use super::calls::{
        find as call, find_at_dialplan as call_at_dialplan, find_at_elevenlabs as call_at_elevenlabs,
        find_at_twilio as call_at_twilio, find_by_outside_id as call_by_outside_id,
        has_live as has_live_calls, known as known_calls, list as calls, live as live_calls,
        live_everywhere as live_calls_everywhere, maybe_with_message as calls_maybe_with_message,
        newest_id as newest_call_id, times as call_times, without_audio as calls_without_audio,
    };
    pub use super::campaigns::{
        abandon_rate, attempts_of_contact, attempts_without_hour, caller_ids as campaign_caller_ids,
        calls_to_contacts, contact, contacts, count_contacts, count_new_contacts,
        count_open as count_open_attempts, dialled_before, earlier_calls, filter_is_under_way,
        filters_under_way, find as campaign, learned_hours, list as campaigns, listed_contact,
        may_add_suppression, may_still_be_dialled, old_contacts, open_attempts,
        outcomes as campaign_outcomes, progress as campaign_progress,
        started_everywhere as started_campaigns, still_to_dial, suppressions, waiting_contacts, was_dialled,
    };
    pub use super::choices::dispositions::{find as disposition, list as dispositions};
    pub use super::choices::presence_reasons::{find as presence_reason, list as presence_reasons};
    pub use super::contact_links::{
        any_open as any_contact_link_open, by_hash as contact_link_by_hash, find as contact_link,
        list as contact_links,
    };
    pub use super::costs::spent_on_day_of;
    pub use super::custom_tools::{find as custom_tool, list as custom_tools};
    pub use super::customer_erasures::{
        all as customer_erasures, calls_of_person, calls_to_erase,
        deliveries_about as deliveries_about_customer, entries_about as audit_entries_about_customer,
        find as customer_erasure, has_calls as has_calls_to_erase, is_under_way as is_customer_erased,
        live_calls as live_calls_of_customer, named_ids as ids_to_erase, of as customer_to_erase,
        promises as promises_to_person, record_rows, records_of_person, records_to_erase, to_erase,
    };
    pub use super::customer_imports::plan as plan_customer_import;
    pub use super::customer_profile::{customer_of_profile, known_of_call};
    pub use super::customers::{
        find as customer, known_as as customer_known_as, list as customers, spelled_number,
    };
    pub use super::dashboard::dashboard;
    pub use super::day::day;
    pub use super::deliveries::{
        due_organizations, due_targets, is_test as is_test_delivery, kind as kind_of_delivery, letter,
        list as deliveries, next_due as next_delivery_due, too_far_ahead as deliveries_too_far_ahead,
        waiting_kinds as kinds_waiting_for_webhook,
    };
    pub use super::dialler_calls::{
        find as pending_result, live as live_dialler_calls, pending_in as pending_result_in,
        too_far_ahead as dialler_results_too_far_ahead,
    };
    pub use super::dialling::{dial_policy, dialling_everywhere, extensions};
    pub use super::drafts::draft as draft_of_profile;
    pub use super::events::{journal, journal_of_kind, transcript, whole_journal};
    pub use super::exported_days::{calls_of as calls_to_export, is_due as is_export_due, organization_ids};
    pub use super::extractions::{
        due as extractions_due, known_topics as known_call_topics, of_call as extraction_of_call,
        topics as call_topics,
    };
    pub use super::feeds::organization as organization_of_feed;
    pub use super::figures::{
        count as count_figures, count_month, day_to_compare, figures_of_days, hour as figures_of_hour,
        is_begun as figures_are_begun, report, report_for_file, stale as stale_figures,
        zone as zone_of_figures,
    };
    pub use super::grants::{granted, may_show, not_to_show, showable};
    pub use super::inbox::waiting as inbox;
    pub use super::integrations::{
        everywhere as integrations_everywhere, find as integration, list as integrations,
        readable as readable_integrations,
    };
    pub use super::invitations::{
        find as invitation_by_hash, list as invitations, reset_holds as address_link_holds,
        reset_holds as password_reset_holds, role_of as role_of_invitation, setup_token_holds,
    };
    pub use super::judging::{
        costs as judge_costs, has_words, newest_to_judge as newest_call_to_judge, not_judged,
        to_judge as call_to_judge,
    };
    pub use super::leads::{find as lead, list as leads};
    pub use super::logins::{addresses as login_addresses, find as login_session, list_of as logins_of};
    pub use super::mails::{next_due as next_mail_due, too_far_ahead as mails_too_far_ahead};
    pub use super::merges::{has_room_apart, likely as likely_doubles, of as moved_of};
    pub use super::messages::{find as message, list as messages};
    pub use super::notices::settings as notice_settings;
    pub use super::onboarding::of as onboarding;
    pub use super::organization_deletions::{
        all as organization_deletions, since as organization_deleting_since,
    };
    pub use super::phone_numbers::{
        count as count_phone_numbers, dialled as phone_number, find as phone_number_by_id,
        has_profile as profile_has_number, list as phone_numbers, own_numbers,
    };
    pub use super::profile_versions::{
        at_version as profile_at_version, find as profile_version, for_trial as profile_for_trial,
        list as profile_versions, published as published_profiles,
        published_everywhere as published_profiles_everywhere,
        published_readable as readable_published_profiles,
    };
    pub use super::profiles::{
        draft as profile_draft, drafts_readable as readable_profile_drafts, find as profile,
        first_organization, heads as profile_heads, is_suspended, organization, organization_names,
        organizations,
    };
    pub use super::quality::{
        averages as quality_averages, card as scorecard, picks as quality_picks, score as call_score,
        to_score as calls_to_score,
    };
    pub use super::queues::{find as queue, has_name as has_queue, list as queues};
    pub use super::recordings::{
        has as has_recording, to_encode as recordings_to_encode, to_move as recordings_to_move,
        unmoved as unmoved_recordings,
    };
    pub use super::replays::{
        examples_of as examples, find as replay, list as replays, runs as example_runs,
        runs_of_removed as runs_of_removed_examples,
    };
    pub use super::report_mails::{
        due as due_reports, find as report_mail, later_than as reports_later_than,
        organization_of as report_mail_organization,
    };
    pub use super::retention::{
        due as retention_due, everywhere as retention_everywhere, find as retention,
        has_no_words as call_has_no_words, old_customers, old_recordings, parts as retention_parts,
        runs as retention_runs,
    };
    pub use super::sealed::has_another_key;
    pub use super::search::{calls_with, leads_with};
    pub use super::shadows::{
        find as shadow_call, heard_by_profile as talk_of_profile, list as shadow_calls,
        spent_micros as shadow_costs,
    };
    pub use super::supervision::find as supervision_policy;
    pub use super::talk_links::{
        by_hash as talk_link_by_hash, find as talk_link, has_profile as profile_has_talk_link,
        is_listed as is_talk_origin, list as talk_links, signing_secret as talk_link_signing_secret,
    };
    pub use super::texts::{
        left as texts_left, newest as newest_text, stored as stored_texts, unreported as unreported_texts,
    };
    pub use super::users::{
        by_email as user_by_email, count as count_users, find as user, is_any as has_users, list as users,
        names as user_names, owners as count_owners,
    };
    pub use super::webhooks::{find as webhook, list as webhooks};
    pub use super::wrap_up_drafts::{find as wrap_up_draft, of_call as wrap_up_drafts};
    pub use super::wrap_ups::{has_work as agent_has_work, list as wrap_ups};
}

/// Changes, for [`Store::change`].
pub mod change {
    pub use super::activities::{create as create_activity, update as update_activity};
    pub use super::agents::set as set_agent;
    pub use super::alarms::{
        acknowledge as acknowledge_alarm, raise as raise_alarm, set_rules as set_alarm_rules,
    };
    pub use super::answers::{forget as forget_answers, free as free_key, keep as keep_answer};
    pub use super::api_tokens::{
        create as create_api_token, delete as delete_api_token, note_use as note_api_token_use,
    };
    pub use super::appointments::{create as create_appointment, update as update_appointment};
    pub use super::audit::{
        delete_entries as delete_audit_entries, record as record_audit, record_if as record_audit_if,
    };
    pub use super::belongings::{end as end_belongings, hand_over as hand_over_belongings, note_maker};
    pub use super::business::set as set_business_profile;
    pub use super::call_notes::{
        create_note as create_call_note, delete_note as delete_call_note, done_with as done_with_call_share,
        set_tags as set_call_tags, share as share_call, update_note as update_call_note,
    };
    pub use super::call_views::{
        create as create_call_view, delete as delete_call_view, update as update_call_view,
    };
    pub use super::callbacks::{
        claim as claim_callback, finish as finish_callback, insert as insert_callback,
        release as release_callback, release_uncalled as release_uncalled_callbacks,
    };
    pub use super::campaigns::{
        add_contacts, add_suppression, apply_filter_to_some, call_again,
        choose_disposition as choose_campaign_disposition, close_attempt, create as create_campaign,
        delete as delete_campaign, delete_some_contacts, fill_some_hours, note_dialled,
        preview as preview_contact, queue_email as queue_campaign_email, remove_suppression,
        remove_unreadable_suppression, reserve_attempts, reserve_previewed,
        set_trouble as set_campaign_trouble, skip_previewed, update as update_campaign,
    };
    pub use super::choices::dispositions::{
        create as create_disposition, delete as delete_disposition, rename as rename_disposition,
        reorder as reorder_dispositions,
    };
    pub use super::choices::presence_reasons::{
        create as create_presence_reason, delete as delete_presence_reason, rename as rename_presence_reason,
        reorder as reorder_presence_reasons,
    };
    pub use super::contact_links::{
        create as create_contact_link, delete as delete_contact_link, note_post as note_contact_post,
        set_signing_secret as set_contact_link_signing_secret, update as update_contact_link,
    };
    pub use super::custom_tools::{
        create as create_custom_tool, delete as delete_custom_tool, update as update_custom_tool,
    };
    pub use super::customer_erasures::{
        begin as begin_customer_erasure, empty_entries as empty_audit_entries, erase_attempts, erase_calls,
        erase_contacts, erase_deliveries, erase_records, finish as finish_customer_erasure,
    };
    pub use super::customer_imports::take_in as take_in_customers;
    pub use super::customers::{
        create as create_customer, forget as forget_customer, update as update_customer,
    };
    pub use super::deliveries::{
        bring_back as bring_deliveries_back, claim as claim_deliveries, enqueue, finish as finish_delivery,
        forget as forget_deliveries, redeliver, release as release_deliveries, test as test_webhook,
    };
    pub use super::dialler_calls::{
        call_back as note_call_back, choose as choose_disposition, list_refused as list_refused_leads,
        note_pass,
    };
    pub use super::dialling::{create_extension, delete_extension, set_dial_policy, update_extension};
    pub use super::drafts::{
        begin as begin_second_draft, discard as discard_draft,
        discard_unreadable as discard_unreadable_draft, publish as publish_draft, update as update_draft,
    };
    pub use super::exported_days::{claim as claim_export, finish as finish_export};
    pub use super::extractions::{keep as keep_extraction, note_asked as note_extraction_asked};
    pub use super::feeds::{end as end_feed, renew as renew_feed};
    pub use super::figures::{
        begin as begin_figures, keep as keep_figures, keep_comparison, keep_month, settle as settle_figures,
    };
    pub use super::grants::set as set_grants;
    pub use super::idempotency::{claim as claim_key, release as release_key};
    pub use super::integrations::{delete as delete_integration, set as set_integration};
    pub use super::invitations::{
        create as create_invitation, create_reset as create_address_link,
        create_reset as create_password_reset, delete as delete_invitation, set_setup_token,
        take as take_invitation, take_reset as take_address_link, take_reset as take_password_reset,
        take_setup_token,
    };
    pub use super::judging::{charge as charge_judge, note_not_judged};
    pub use super::leads::{
        create as create_lead, delete as delete_lead, take_in as take_in_leads, update as update_lead,
    };
    pub use super::logins::{
        end as end_login, end_all as end_logins, end_all_of as end_logins_of, end_of as end_login_of,
        end_others as end_other_logins, note_use as note_login_use, open as open_login,
        prolong as prolong_login, rotate as rotate_login,
    };
    pub use super::mails::{
        again as mail_again, bring_back as bring_mails_back, claim as claim_mails, over as mail_over,
        queue as queue_mail,
    };
    pub use super::merges::{keep_apart, merge as merge_customers};
    pub use super::messages::{create as create_message, set_done as set_message_done};
    pub use super::notices::{readdress as readdress_notices, set as set_notice_settings};
    pub use super::onboarding::dismiss as dismiss_onboarding;
    pub use super::organization_deletions::{
        begin as begin_organization_deletion, delete_some as delete_some_of_organization,
        finish as finish_organization_deletion, forget_recordings as forget_recordings_of_organization,
    };
    pub use super::phone_numbers::{
        create as create_phone_number, delete as delete_phone_number, take_unproved as take_unproved_number,
        update as update_phone_number,
    };
    pub use super::profile_keys::keys_changed as profile_keys_changed;
    pub use super::profile_versions::publish as publish_profile;
    pub use super::profiles::{
        create as create_profile, create_organization, delete as delete_profile, rename_organization,
        set_dtmf_action, suspend_organization, unset_dtmf_action, update as update_profile,
    };
    pub use super::quality::{
        fill_in as fill_in_score, set_card as set_scorecard, set_score as set_call_score,
    };
    pub use super::queues::{create as create_queue, delete as delete_queue, update as update_queue};
    pub use super::recordings::{
        note_encoded as note_recording_encoded, note_moved as note_recording_moved,
        rename as rename_recording, retry_set_aside as retry_set_aside_recordings,
        set_aside as set_recording_aside,
    };
    pub use super::replays::{
        begin as begin_replay, create_example, delete_example, delete_runs as delete_example_runs,
        end_left as end_left_replays, note as note_replay, stop as stop_replay, update_example,
    };
    pub use super::report_mails::{send as send_report, set as set_report_mail};
    pub use super::retention::{
        add as add_to_retention_run, delete_calls, delete_contacts as delete_old_contacts, delete_customers,
        delete_records_of_customers, delete_words, forget_recordings, note as note_retention_run,
        note_parts as note_retention_parts, set as set_retention,
    };
    pub use super::shadows::{begin as begin_shadow, keep as keep_shadow};
    pub use super::supervision::set as set_supervision_policy;
    pub use super::talk_links::{
        create as create_talk_link, delete as delete_talk_link, note_use as note_talk_link_use,
        set_signing_secret as set_talk_link_signing_secret, update as update_talk_link,
    };
    pub use super::text_gate::{admit as admit_text, queue as queue_text};
    pub use super::texts::{
        claim as claim_text, forget_unsent as forget_unsent_text, give_up as give_up_texts,
        hear as hear_of_text, put_back as put_text_back, receive as receive_text,
    };
    pub use super::tool_writes::write as write_for_tool;
    pub use super::users::{
        confirm_totp, create as create_user, delete as delete_user, note_sign_in, offer_totp, remove_totp,
        set_email, set_language, set_password, take_recovery_code, take_totp_step, update as update_user,
    };
    pub use super::webhooks::{
        create as create_webhook, delete as delete_webhook, failed as webhook_failed,
        failing as webhook_failing, succeeded as webhook_succeeded, update as update_webhook,
    };
    pub use super::wrap_up_drafts::write as write_wrap_up_draft;
    pub use super::wrap_ups::insert as insert_wrap_up;
}

use counted::counted;
use pool::Connector;
use queue::Queue;
use writer::Writer;

/// How long a store that is dropped without [`Store::close`] may continue to write.
const DROPPED_WAIT: Duration = Duration::from_secs(2);

/// The open database. Cheap to clone; the writer ends with the last clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    queue: Arc<Queue>,
    reads: Reads,
    tap: broadcast::Sender<Arc<JournalEntry>>,
    changes: broadcast::Sender<Changed>,
    organization_id: OrganizationId,
    configured_numbers: OwnNumbers,
    job_faults: JobFaults,
    /// Whether no other server can write to this database.
    is_alone: bool,
}

impl Store {
    /// Opens the database, upgrades its tables, makes sure that there is an organization with a profile, and starts the writer. Blocks.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::open_with_room(settings, JOURNAL_WAITING_MAX)
    }

    /// Does the same as [`Store::open`] with room for `waiting_max` entries in memory, for tests of the limit.
    pub fn open_with_room(settings: &StoreSettings, waiting_max: usize) -> Result<Self, StoreError> {
        let connector = Connector::of(settings)?;
        for migration in migrations::migrate_by(&connector)? {
            tracing::info!(migration, "migration ran");
        }
        // Another server may be doing the same. A start waits for its locks as long as for its migrations, the writer only for a moment.
        let mut starting = connector.open(settings::Access::Create)?;
        call_words::write_due(&mut starting)?;
        let organization_id = profiles::ensure_first(&mut starting)?;
        drop(starting);
        let connection = connector.open(settings::Access::Write)?;
        let reads = Reads::by(connector.clone())?;
        reads.leave_a_turn_to(organization_id);
        let queue = Arc::new(Queue::new(waiting_max));
        let tap = broadcast::Sender::new(JOURNAL_TAP_ENTRIES);
        let changes = broadcast::Sender::new(CHANGES_TAP);
        Writer::start(connector, queue.clone(), connection, changes.clone()).map_err(|cause| {
            StoreError::NoConnection(format!("the writer's thread did not start: {cause}"))
        })?;
        let configured_numbers = settings.configured_numbers.clone();
        let job_faults = JobFaults::default();
        let is_alone = matches!(settings.database, Database::Sqlite(_));
        let inner =
            Inner { queue, reads, tap, changes, organization_id, configured_numbers, job_faults, is_alone };
        Ok(Self(Arc::new(inner)))
    }

    /// Returns the server's first organization, in which the admin token acts.
    pub fn organization_id(&self) -> OrganizationId {
        self.0.organization_id
    }

    /// Returns the configuration's numbers, for identifying callers.
    pub fn configured_numbers(&self) -> &OwnNumbers {
        &self.0.configured_numbers
    }

    /// Returns the organizations that jobs skip, because some of their data can't be read.
    pub fn job_faults(&self) -> &JobFaults {
        &self.0.job_faults
    }

    /// Returns a number that stays the same while this server writes nothing to the database; none if other servers may write to it.
    pub fn written(&self) -> Option<u64> {
        self.0.is_alone.then(|| self.queue().written())
    }

    fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// Returns the reads of the database.
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// Receives every entry from now on, when it is passed in and before it is on disk; those of [`Store::journal_after_end`] once they are on disk.
    /// A receiver that lags misses entries and is notified of that; it never slows down the journal.
    pub fn tap(&self) -> broadcast::Receiver<Arc<JournalEntry>> {
        self.0.tap.subscribe()
    }

    /// Receives every change from now on of what pages show, after its commit. A receiver that lags misses changes and is notified of that.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }

    /// Passes entries to the writer. Never blocks; [`Store::health`] shows whether they are written.
    pub fn journal(&self, entries: Vec<JournalEntry>) {
        for entry in entries.into_iter().map(Arc::new) {
            // In this order, so that receivers of an entry find it on disk after a commit. The queue counts and logs lost entries; without receivers
            // nobody needs them.
            let _ = self.0.queue.push(entry.clone());
            let _ = self.0.tap.send(entry);
        }
    }

    /// Passes an entry of the audit log to the writer that belongs to no change of the database. It waits in memory like the journal while the
    /// database accepts nothing. Never blocks.
    pub fn audit(&self, entry: AuditEntry) {
        self.0.queue.push_audit(entry);
    }

    /// Waits until all entries passed before are on disk. Returns why if they are not within
    /// [`COMMIT_WAIT_MS`](cordboard_schema::limits::COMMIT_WAIT_MS).
    pub fn commit(&self) -> impl Future<Output = Result<(), StoreFault>> + use<> {
        let queue = self.0.queue.clone();
        async move { queue.committed().await }
    }

    /// Returns the cost of each organization's calls that began on this day (UTC), in millionths of the currency, from rows on disk and entries that
    /// wait to be written.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn spent_micros_everywhere(
        &self,
        day: UnixMs,
    ) -> Result<BTreeMap<OrganizationId, u64>, StoreError> {
        // Before the database is read: an entry that is written in between counts twice rather than not at all.
        let waiting = self.0.queue.charges_everywhere();
        let read = move |connection: &mut Connection| costs::spent_micros_everywhere(connection, day);
        let mut spent = self.reads().run(read).await?;
        for (id, micros) in waiting {
            let sum = spent.entry(id).or_default();
            *sum = sum.saturating_add(micros);
        }
        Ok(spent)
    }

    /// Returns whether the journal keeps up.
    pub fn health(&self) -> JournalHealth {
        self.0.queue.health()
    }

    /// Returns how long the oldest entry has waited that is not on disk yet.
    pub fn lag(&self) -> Duration {
        self.0.queue.lag()
    }

    /// Accepts no more entries, and waits at most `wait` until the waiting ones are on disk. [`JournalHealth::lost`] then counts the rest.
    pub async fn close(&self, wait: Duration) -> JournalHealth {
        self.0.queue.close(Instant::now() + wait);
        // An attempt that is under way at the end of that time ends within its lock timeout.
        let _ = tokio::time::timeout(wait + Duration::from_secs(1), self.0.queue.ended()).await;
        self.health()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close(Instant::now() + DROPPED_WAIT);
    }
}
