//! Everything about one person, for a file that they may ask for (GDPR, articles 15 and 20). It is found in the same way as by an erasure of the
//! person: calls, the records that were made in them, and the person's other records.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use cordboard_campaigns::campaign::{Attempt, ListedContact, ListedSuppression};
use cordboard_schema::appointment::Appointment;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::lead::Lead;
use cordboard_schema::message::Message;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::Callback;
use cordboard_tables::rows::{AppointmentRow, BadRow, CallbackRow, LeadRow, MessageRow};
use cordboard_tables::tables::{appointments, callbacks, leads, messages};
use diesel::prelude::*;

use super::{COUNTED_MAX, ErasedCustomer, RecordsToErase, call_ids, made_in_calls, records_to_erase};
use crate::store::{Connection, StoreError, campaigns, text_opt_outs};

/// Tables whose rows about a person are in their file. Recordings are there as links.
pub const EXPORTED_TABLES: &[&str] = &[
    "activities",
    "appointments",
    "attempts",
    "call_agents",
    "call_extractions",
    "call_notes",
    "call_outside_ids",
    "call_shares",
    "call_tags",
    "callbacks",
    "calls",
    "contacts",
    "customer_numbers",
    "customers",
    "leads",
    "messages",
    "recordings",
    "suppressions",
    "text_opt_outs",
    "transcript_items",
    "wrap_up_drafts",
    "wrap_ups",
];

/// Tables that are not in a person's file, although an erasure deletes rows from them or empties some, and why. A test compares both lists with the
/// tables of the database, another one with those that an erasure empties.
pub const NOT_EXPORTED_TABLES: &[(&str, &str)] = &[
    ("alarms", "they tell supervisors how a live call went, and repeat words of its transcript"),
    ("appointment_slots", "the place of an appointment in the calendar: the appointment says the same"),
    ("attempt_hours", "sums of a campaign, which name nobody"),
    ("attempt_sums", "sums of a campaign, which name nobody"),
    ("audit_log", "it says what users did, and owners read it on its own page"),
    ("call_events", "the journal of a call: the file has the path at which each can be read"),
    ("call_scores", "they say how well an agent or an assistant did"),
    ("call_words", "an index of the words of transcripts"),
    ("call_words_due", "calls that the index of words does not have yet"),
    ("campaign_counts", "sums of a campaign, which name nobody"),
    ("customer_erasures", "the progress of an erasure"),
    ("customers_apart", "a pair of customers who are not the same person: the other one is a person as well"),
    (
        "deliveries",
        "copies of what the file has, on their way to webhooks and people, which are kept for days",
    ),
    ("erased_numbers", "fingerprints, by which no number can be found"),
    ("examples", "a mark that a call is kept as an example for an assistant"),
    ("extractions_due", "calls that wait for their extraction"),
    ("idempotency_keys", "keys of requests that may be repeated, which are kept for a day"),
    ("idempotent_answers", "answers to requests that may be repeated, which are kept for a day"),
    ("replays", "answers of an assistant's draft to words of the transcript, which nobody has heard"),
    ("shadow_calls", "answers of a second voice to words of the transcript, which nobody has heard"),
    ("tool_writes", "keys by which a tool writes once: the file has what was written"),
];

/// A kind of records about a person, other than calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// Leads.
    Lead,
    /// Appointments.
    Appointment,
    /// Text messages.
    Message,
    /// Callbacks.
    Callback,
    /// Contacts of campaigns.
    Contact,
    /// Attempts of campaigns to reach them.
    Attempt,
}

/// Ids of a person's records, other than calls, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsOfPerson(BTreeMap<RecordKind, BTreeSet<String>>);

impl RecordsOfPerson {
    /// Adds these records. One that is there already is there once.
    pub fn add(&mut self, more: Self) {
        for (kind, ids) in more.0 {
            self.0.entry(kind).or_default().extend(ids);
        }
    }

    /// Returns the ids of at most `limit` records of a kind after the record `after`, in order.
    pub fn after(&self, kind: RecordKind, after: &str, limit: usize) -> Vec<String> {
        let further: (Bound<&str>, Bound<&str>) = (Bound::Excluded(after), Bound::Unbounded);
        let ids = self.0.get(&kind).into_iter().flat_map(|ids| ids.range::<str, _>(further));
        ids.take(limit).cloned().collect()
    }

    fn of(kinds: impl IntoIterator<Item = (RecordKind, Vec<String>)>) -> Self {
        Self(kinds.into_iter().map(|(kind, ids)| (kind, ids.into_iter().collect())).collect())
    }
}

impl From<RecordsToErase> for RecordsOfPerson {
    fn from(records: RecordsToErase) -> Self {
        let RecordsToErase { leads, appointments, messages, callbacks } = records;
        Self::of([
            (RecordKind::Lead, leads),
            (RecordKind::Appointment, appointments),
            (RecordKind::Message, messages),
            (RecordKind::Callback, callbacks),
        ])
    }
}

/// Records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordRows {
    /// Leads.
    Leads(Vec<Lead>),
    /// Appointments.
    Appointments(Vec<Appointment>),
    /// Text messages.
    Messages(Vec<Message>),
    /// Callbacks.
    Callbacks(Vec<Callback>),
    /// Contacts of campaigns.
    Contacts(Vec<ListedContact>),
    /// Attempts of campaigns.
    Attempts(Vec<Attempt>),
}

/// The lists that a person's numbers are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promises {
    /// Entries of the do-not-call list.
    pub do_not_call: Vec<ListedSuppression>,
    /// Numbers that want no text messages, and since when.
    pub no_texts: Vec<(String, UnixMs)>,
}

/// Some calls of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallsOfPerson {
    /// The calls, in order.
    pub ids: Vec<CallId>,
    /// Records that were made in them for nobody else.
    pub made: RecordsOfPerson,
}

/// Returns the lists that a person's numbers are on.
pub fn promises(connection: &mut Connection, customer: &ErasedCustomer) -> Result<Promises, StoreError> {
    let ErasedCustomer { organization_id, person, .. } = customer;
    Ok(Promises {
        do_not_call: campaigns::suppressions_of(connection, *organization_id, &person.numbers)?,
        no_texts: text_opt_outs::entries(connection, *organization_id, &person.numbers)?,
    })
}

/// Returns at most `limit` calls of a person after the call `after`, in order, also live ones.
pub fn calls(
    connection: &mut Connection,
    customer: &ErasedCustomer,
    after: &str,
    limit: i64,
) -> Result<CallsOfPerson, StoreError> {
    let ids = call_ids(connection, customer, after, limit)?;
    let made = made_in_calls(connection, &customer.organization_id.to_string(), &ids)?;
    let parsed = ids.iter().map(|id| id.parse::<CallId>().map_err(|fault| BadRow::new("calls.id", fault)));
    Ok(CallsOfPerson { ids: parsed.collect::<Result<_, _>>()?, made: made.into() })
}

/// Returns the ids of a person's records, other than calls, at most 100,000 of each kind. Those that were made in their calls for nobody else come
/// with the calls.
pub fn records(
    connection: &mut Connection,
    customer: &ErasedCustomer,
) -> Result<RecordsOfPerson, StoreError> {
    let ErasedCustomer { organization_id, person, .. } = customer;
    let mut found = RecordsOfPerson::from(records_to_erase(connection, customer, COUNTED_MAX)?);
    let (contacts, attempts) =
        campaigns::ids_of_numbers(connection, *organization_id, &person.numbers, COUNTED_MAX)?;
    found.add(RecordsOfPerson::of([(RecordKind::Contact, contacts), (RecordKind::Attempt, attempts)]));
    Ok(found)
}

/// Returns these records of a kind, in order. Those that are gone are missing.
pub fn rows(
    connection: &mut Connection,
    organization_id: OrganizationId,
    kind: RecordKind,
    ids: &[String],
) -> Result<RecordRows, StoreError> {
    let owner = organization_id.to_string();
    macro_rules! rows {
        ($table:ident, $row:ident, $parsed:ident) => {{
            let rows: Vec<$row> = $table::table
                .filter($table::id.eq_any(ids))
                .filter($table::organization_id.eq(&owner))
                .order($table::id)
                .select($row::as_select())
                .load(connection)?;
            rows.into_iter().map($row::$parsed).collect::<Result<_, _>>()?
        }};
    }
    Ok(match kind {
        RecordKind::Lead => RecordRows::Leads(rows!(leads, LeadRow, into_lead)),
        RecordKind::Appointment => {
            RecordRows::Appointments(rows!(appointments, AppointmentRow, into_appointment))
        }
        RecordKind::Message => RecordRows::Messages(rows!(messages, MessageRow, into_message)),
        RecordKind::Callback => RecordRows::Callbacks(rows!(callbacks, CallbackRow, into_callback)),
        RecordKind::Contact => {
            RecordRows::Contacts(campaigns::contacts_by_id(connection, organization_id, ids)?)
        }
        RecordKind::Attempt => {
            RecordRows::Attempts(campaigns::attempts_by_call(connection, organization_id, ids)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::organization_deletions;

    /// Tables with settings, users and figures: none of their rows is about a person who calls.
    const OF_NOBODY: &[&str] = &[
        "agent_profile_versions",
        "agent_profiles",
        "agents",
        "alarm_rules",
        "api_tokens",
        "business_profiles",
        "calendar_feeds",
        "call_views",
        "campaigns",
        "contact_links",
        "custom_tools",
        "dial_policies",
        "dispositions",
        "dtmf_actions",
        "exported_days",
        "extensions",
        "figure_marks",
        "figure_month_marks",
        "figure_zones",
        "figures",
        "grants",
        "integrations",
        "invitations",
        "login_sessions",
        "mails",
        "notice_settings",
        "onboarding",
        "organization_deletions",
        "organizations",
        "password_resets",
        "phone_numbers",
        "presence_reasons",
        "queue_members",
        "queues",
        "report_mails",
        "retention_parts",
        "retention_periods",
        "retention_runs",
        "revisions",
        "scorecards",
        "second_drafts",
        "supervision_policies",
        "talk_links",
        "users",
        "webhooks",
    ];

    #[test]
    fn every_table_is_exported_or_left_out_for_a_reason() {
        let left_out = NOT_EXPORTED_TABLES.iter().map(|(table, _)| table);
        let listed: Vec<&str> = EXPORTED_TABLES.iter().chain(left_out).chain(OF_NOBODY).copied().collect();
        let known: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!(known.len(), listed.len(), "a table is listed twice");
        // Another test compares those with the tables of the database.
        let all: BTreeSet<&str> = organization_deletions::all_tables().collect();
        let missing: Vec<_> = all.symmetric_difference(&known).collect();
        assert!(
            missing.is_empty(),
            "{missing:?}: add a new table to `EXPORTED_TABLES`, `NOT_EXPORTED_TABLES` or `OF_NOBODY`"
        );
        for (table, why) in NOT_EXPORTED_TABLES {
            assert!(why.len() > 20, "{table}: {why}");
        }
    }
}
