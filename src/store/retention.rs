//! How long an organization keeps each kind of data, and the deletion of older data.
//!
//! Calls are selected by their ids, which contain their begin: due calls are a range of an index, and if none is due nothing is read. Records are
//! deleted in parts, each in a transaction of its own that also logs it. An interrupted part is found again by the next pass. A recording's file is
//! deleted before its row: a row without a file is found again, but a file without a row would stay forever.

mod run_log;

use chrono::NaiveDateTime;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::RECORDING_SETTLED_MS;
use cordboard_schema::phone::{E164, other_spelling};
use cordboard_schema::retention::{DeletedType, Retention, RetentionCounts, RetentionKind};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{
    activities, alarms, appointments, call_agents, call_events, call_notes, call_outside_ids, call_scores,
    call_shares, call_tags, callbacks, calls, customer_numbers, customers, examples, idempotency_keys, leads,
    messages, recordings, replays, retention_periods, retention_runs, tool_writes, transcript_items,
    wrap_up_drafts, wrap_ups,
};
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;

use super::moments::column;
use super::text::is_word;
use super::{
    Connection, StoreError, Unreadable, audit, call_words, campaigns, counted, deliveries, extractions,
    figures, shadows,
};

pub use run_log::{add, note, note_parts, parts, runs};

/// Text messages that were last changed before a moment.
macro_rules! old_messages {
    ($owner:expr, $since:expr) => {
        messages::table
            .filter(messages::id.lt(first_row_id($since)))
            .filter(messages::organization_id.eq($owner))
            .filter(messages::updated_at.lt($since))
    };
}

/// Appointments that have ended, and were last changed before a moment.
macro_rules! old_appointments {
    ($owner:expr, $since:expr) => {
        appointments::table
            .filter(appointments::organization_id.eq($owner))
            .filter(appointments::updated_at.lt($since))
            .filter(appointments::ends_at.lt($since))
            // Their begin is indexed.
            .filter(appointments::starts_at.lt($since))
    };
}

/// Leads that were last changed before a moment.
macro_rules! old_leads {
    ($owner:expr, $since:expr) => {
        leads::table
            .filter(leads::id.lt(first_row_id($since)))
            .filter(leads::organization_id.eq($owner))
            .filter(leads::updated_at.lt($since))
    };
}

/// Customers who were last changed before a moment, who have none of these leads, appointments and messages, and no call since that moment with a
/// number as it is stored; [`without_called`] looks for calls with its other spelling.
macro_rules! old_customers {
    ($owner:expr, $since:expr, $leads:expr, $appointments:expr, $messages:expr) => {
        customers::table
            .filter(customers::id.lt(first_row_id($since)))
            .filter(customers::organization_id.eq($owner))
            .filter(customers::updated_at.lt($since))
            .filter(not(exists($leads.filter(leads::customer_id.eq(customers::id.nullable())))))
            .filter(not(exists($appointments.filter(appointments::customer_id.eq(customers::id.nullable())))))
            .filter(not(exists($messages.filter(messages::customer_id.eq(customers::id.nullable())))))
            .filter(not(exists(
                calls::table
                    .filter(calls::organization_id.eq($owner))
                    .filter(calls::party_number.eq(customers::phone))
                    .filter(calls::started_at.ge($since)),
            )))
            // This is not a join: SQLite would read all calls since then for each customer.
            .filter(not(exists(
                customer_numbers::table.filter(customer_numbers::customer_id.eq(customers::id)).filter(
                    exists(
                        calls::table
                            .filter(calls::party_number.eq(customer_numbers::number.nullable()))
                            .filter(calls::organization_id.eq($owner))
                            .filter(calls::started_at.ge($since)),
                    ),
                ),
            )))
    };
}

/// Customers in one read.
const CUSTOMERS_AT_ONCE: i64 = 500;

/// Numbers in one read.
const NUMBERS_AT_ONCE: usize = 500;

/// How much later than a call's id its key may have been stored.
const KEY_AND_CALL_MS: u64 = 60_000;

/// The file of a recording that is no longer kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldRecording {
    /// Its call.
    pub call_id: String,
    /// File name in the recordings folder.
    pub file: String,
    /// When it was moved to the object store.
    pub moved_at: Option<NaiveDateTime>,
}

/// The records that one part deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Ids of deleted records, by type.
    pub records: Vec<(DeletedType, Vec<String>)>,
    /// Number of other deletions, which are not records of their own. If it is not 0, there may be more.
    pub others: usize,
}

impl Deleted {
    pub(super) fn of(record_type: DeletedType, ids: Vec<String>) -> Self {
        Self { records: vec![(record_type, ids)], others: 0 }
    }
}

fn days_of(text: &str) -> Result<Retention, BadRow> {
    serde_json::from_str(text).map_err(|fault| BadRow::new("retention_periods.days", fault))
}

/// Returns how long the organization keeps each kind of data; for ever without settings.
pub fn find(connection: &mut Connection, organization_id: OrganizationId) -> Result<Retention, StoreError> {
    let row = retention_periods::table.find(organization_id.to_string());
    let text: Option<String> = row.select(retention_periods::days).first(connection).optional()?;
    Ok(text.map_or(Ok(Retention::default()), |text| days_of(&text))?)
}

/// Sets them.
pub fn set(
    connection: &mut Connection,
    organization_id: OrganizationId,
    days: &Retention,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let text = serde_json::to_string(days).map_err(|fault| BadRow::new("retention_periods.days", fault))?;
    diesel::delete(retention_periods::table.find(&owner)).execute(connection)?;
    diesel::insert_into(retention_periods::table)
        .values((retention_periods::organization_id.eq(owner), retention_periods::days.eq(text)))
        .execute(connection)?;
    Ok(())
}

/// An organization with its settings, or why its row can't be read.
pub(super) type ReadRetention = Result<(OrganizationId, Retention), Unreadable>;

/// Returns the retention settings of all organizations that have some. Those that can't be read keep their places among them.
pub fn everywhere(connection: &mut Connection) -> Result<Vec<ReadRetention>, StoreError> {
    let rows: Vec<(String, String)> =
        retention_periods::table.order(retention_periods::organization_id).load(connection)?;
    let parsed = |owner: &str, text: &str| {
        let owner = owner
            .parse::<OrganizationId>()
            .map_err(|fault| BadRow::new("retention_periods.organization_id", fault))?;
        Ok::<_, BadRow>((owner, days_of(text)?))
    };
    let rows = rows.into_iter().map(|(organization, text)| {
        parsed(&organization, &text).map_err(|fault| Unreadable { organization, fault })
    });
    Ok(rows.collect())
}

/// Returns the time before which calls may have been deleted for their age, also with periods that were shorter than those of today; none if there is
/// none.
pub(super) fn calls_deleted_until(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let kept_since = match find(connection, organization_id) {
        Ok(days) => days.kept_since(RetentionKind::Calls, now),
        // The retention job reports that the periods can't be read. Nothing is deleted then.
        Err(error) if error.is_of_the_row() => None,
        Err(error) => return Err(error),
    };
    let runs: Vec<(i64, Option<NaiveDateTime>)> = retention_runs::table
        .filter(retention_runs::organization_id.eq(organization_id.to_string()))
        .filter(retention_runs::kind.eq(RetentionKind::Calls.as_str()))
        .group_by(retention_runs::kept_days)
        .select((retention_runs::kept_days, max(retention_runs::at)))
        .load(connection)?;
    let deleted_until = runs.into_iter().filter_map(|(days, at)| {
        let days = Retention { calls_days: u32::try_from(days).ok(), ..Retention::default() };
        days.kept_since(RetentionKind::Calls, UnixMs::from(at?.and_utc()))
    });
    Ok(kept_since.into_iter().chain(deleted_until).max())
}

/// The lowest id of a call that began at this moment, or of an entry of the audit log that was written then.
pub(super) fn first_id(moment: UnixMs) -> String {
    CallId::first_at(moment).to_string()
}

/// The lowest id of a row created at this moment. A row that was last changed before it was created before it. Ids are ordered by time and indexed,
/// but the times of changes are not.
fn first_row_id(moment: NaiveDateTime) -> String {
    first_id(UnixMs::from(moment.and_utc()))
}

/// Filters old calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Old {
    /// Those whose words are not deleted.
    WithWords,
    /// Those whose recording is deleted, or was never made.
    WithoutRecording,
}

/// Ids of ended calls that began before `since`, oldest first, without calls that are kept as examples.
fn old_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    which: Old,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let found = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::id.lt(first_id(since)))
        .filter(calls::ended_at.is_not_null())
        .filter(not(exists(examples::table.filter(examples::call_id.eq(calls::id)))))
        .order(calls::id)
        .limit(limit)
        .select(calls::id)
        .into_boxed();
    let found = match which {
        Old::WithWords => found.filter(calls::words_deleted_at.is_null()),
        Old::WithoutRecording => {
            found.filter(not(exists(recordings::table.filter(recordings::call_id.eq(calls::id)))))
        }
    };
    Ok(found.load(connection)?)
}

/// Returns the recordings of ended calls that began before `since`, or of all, oldest first, after that of the call `after`. A call that is kept as an
/// example keeps its words, and its sound no longer than others.
pub fn old_recordings(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: Option<UnixMs>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<OldRecording>, StoreError> {
    let mut found = recordings::table
        .inner_join(calls::table.on(calls::id.eq(recordings::call_id)))
        .filter(recordings::organization_id.eq(organization_id.to_string()))
        .filter(calls::ended_at.is_not_null())
        .order(recordings::call_id)
        .limit(limit)
        .select((recordings::call_id, recordings::file, recordings::moved_at))
        .into_boxed();
    if let Some(since) = since {
        found = found.filter(recordings::call_id.lt(first_id(since)));
    }
    if let Some(after) = after {
        found = found.filter(recordings::call_id.gt(after.to_owned()));
    }
    let rows: Vec<(String, String, Option<NaiveDateTime>)> = found.load(connection)?;
    let old = |(call_id, file, moved_at)| OldRecording { call_id, file, moved_at };
    Ok(rows.into_iter().map(old).collect())
}

/// Deletes the rows of recordings whose files are deleted, and references to parts of them. Returns which.
pub fn forget_recordings(connection: &mut Connection, old: &[OldRecording]) -> Result<Deleted, StoreError> {
    let ids: Vec<&str> = old.iter().map(|old| old.call_id.as_str()).collect();
    let there: Vec<(String, String, Option<NaiveDateTime>)> = recordings::table
        .filter(recordings::call_id.eq_any(&ids))
        .order(recordings::call_id)
        .select((recordings::call_id, recordings::file, recordings::moved_at))
        .load(connection)?;
    // A recording that became Opus meanwhile has another file, and one that was moved meanwhile has an object, which are not deleted. The next pass
    // finds them.
    let as_before =
        there.into_iter().map(|(call_id, file, moved_at)| OldRecording { call_id, file, moved_at });
    let (gone, left): (Vec<_>, Vec<_>) = as_before.partition(|now| old.contains(now));
    let gone: Vec<String> = gone.into_iter().map(|now| now.call_id).collect();
    // Another server may have deleted a row, but not these references.
    let unheard: Vec<&str> =
        ids.into_iter().filter(|id| left.iter().all(|left| left.call_id != *id)).collect();
    diesel::update(activities::table.filter(activities::call_id.eq_any(&unheard)))
        .set((activities::audio_from_ms.eq(None::<i64>), activities::audio_to_ms.eq(None::<i64>)))
        .execute(connection)?;
    diesel::delete(recordings::table.filter(recordings::call_id.eq_any(&gone))).execute(connection)?;
    Ok(Deleted::of(DeletedType::Recording, gone))
}

/// Tells whether the words of a call were deleted.
pub fn has_no_words(connection: &mut Connection, call_id: CallId) -> Result<bool, StoreError> {
    let deleted = calls::table.find(call_id.to_string()).select(calls::words_deleted_at.is_not_null());
    let deleted: Option<bool> = deleted.first(connection).optional()?;
    Ok(deleted.unwrap_or_default())
}

/// Deletes the words of the oldest calls that began before `since`, at most `limit` of them. Returns which. Runs of examples and deliveries of that
/// age are deleted as well.
pub fn delete_words(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    now: UnixMs,
    limit: i64,
) -> Result<Deleted, StoreError> {
    let ids = old_calls(connection, organization_id, since, Old::WithWords, limit)?;
    forget_words(connection, &ids, now)?;
    diesel::update(calls::table.filter(calls::id.eq_any(&ids)))
        .set(calls::words_deleted_at.eq(column(now)))
        .execute(connection)?;
    let repeated = forget_repeated(connection, organization_id, since, limit)?;
    Ok(Deleted { others: repeated, ..Deleted::of(DeletedType::Words, ids) })
}

/// Deletes old data that repeats words and numbers of calls without referring to them: runs of examples and deliveries. Returns how many.
fn forget_repeated(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    limit: i64,
) -> Result<usize, StoreError> {
    let runs = super::replays::forget_runs(connection, organization_id, since, limit)?;
    Ok(runs + deliveries::forget_of(connection, organization_id, since)?)
}

fn forget_words(connection: &mut Connection, ids: &[String], now: UnixMs) -> Result<(), StoreError> {
    call_words::forget(connection, ids)?;
    extractions::forget_words(connection, ids)?;
    diesel::delete(transcript_items::table.filter(transcript_items::call_id.eq_any(ids)))
        .execute(connection)?;
    diesel::delete(call_events::table.filter(call_events::call_id.eq_any(ids))).execute(connection)?;
    diesel::delete(replays::table.filter(replays::call_id.eq_any(ids))).execute(connection)?;
    shadows::forget_words(connection, ids, now)?;
    diesel::delete(alarms::table.filter(alarms::call_id.eq_any(ids))).execute(connection)?;
    diesel::delete(call_scores::table.filter(call_scores::call_id.eq_any(ids))).execute(connection)?;
    diesel::delete(tool_writes::table.filter(tool_writes::call_id.eq_any(ids))).execute(connection)?;
    diesel::delete(wrap_up_drafts::table.filter(wrap_up_drafts::call_id.eq_any(ids))).execute(connection)?;
    campaigns::forget_evidence_of_calls(connection, ids)
}

/// Deletes the oldest calls that began before `since`, at most `limit` of them, with everything that belongs only to them. Leads, appointments and
/// text messages stay, without their call. A call with a recording waits until that is deleted. Returns which. Attempts of campaigns are deleted with
/// their calls once they no longer count for a limit; runs of examples and deliveries are deleted by their own age.
pub fn delete_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (since, now): (UnixMs, UnixMs),
    limit: i64,
) -> Result<Deleted, StoreError> {
    let tries = campaigns::delete_old_attempts(connection, organization_id, (since, now), limit)?;
    let ids = old_calls(connection, organization_id, since, Old::WithoutRecording, limit)?;
    note_callers(connection, organization_id, &ids)?;
    delete_these_calls(connection, organization_id, &ids, (since, now))?;
    let repeated = forget_repeated(connection, organization_id, since, limit)?;
    Ok(Deleted { others: tries + repeated, ..Deleted::of(DeletedType::Call, ids) })
}

/// Deletes at most `limit` calls of an organization that is being deleted, with everything that belongs only to them. Only calls after the call `after`
/// count that have no recording, and that ended so long ago that nothing is written to their journals any more. Returns their ids.
pub(super) fn delete_some_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (after, limit): (Option<&str>, i64),
    now: UnixMs,
) -> Result<Vec<String>, StoreError> {
    let ids: Vec<String> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::id.gt(after.unwrap_or_default()))
        .filter(calls::ended_at.lt(column(now - RECORDING_SETTLED_MS)))
        .filter(not(exists(recordings::table.filter(recordings::call_id.eq(calls::id)))))
        .order(calls::id)
        .limit(limit)
        .select(calls::id)
        .load(connection)?;
    delete_these_calls(connection, organization_id, &ids, (now, now))?;
    Ok(ids)
}

/// Deletes these calls, which began before `since`, with everything that belongs only to them.
fn delete_these_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[String],
    (since, now): (UnixMs, UnixMs),
) -> Result<(), StoreError> {
    delete_what_belongs_to(connection, organization_id, ids, (since, now))?;
    delete_rows_of_calls(connection, ids)
}

/// Deletes the rows of these calls, and which agents were in them.
fn delete_rows_of_calls(connection: &mut Connection, ids: &[String]) -> Result<(), StoreError> {
    diesel::delete(call_agents::table.filter(call_agents::call_id.eq_any(ids))).execute(connection)?;
    campaigns::count_around_calls(connection, ids, |connection| {
        diesel::delete(calls::table.filter(calls::id.eq_any(ids))).execute(connection)?;
        Ok(())
    })
}

/// Deletes these ended calls without a recording, whose caller is being erased, with everything that belongs only to them, even if they are kept as
/// examples. Costs of today are still counted from the rows of today's calls, and figures of the last week once more after a week: the rows of these
/// calls stay, without anything that says whose call it was.
pub(super) fn erase_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[String],
    now: UnixMs,
) -> Result<(), StoreError> {
    super::replays::forget_examples(connection, organization_id, ids)?;
    delete_what_belongs_to(connection, organization_id, ids, (now, now))?;
    let counted_again = figures::counted_again_since(connection, organization_id, now)?;
    let counted: Vec<String> = calls::table
        .filter(calls::id.eq_any(ids))
        .filter(calls::started_at.lt(counted_again))
        .select(calls::id)
        .load(connection)?;
    delete_rows_of_calls(connection, &counted)?;
    let left = || calls::table.filter(calls::id.eq_any(ids));
    // The organization's own number stays: calls are counted by it.
    diesel::update(left().filter(calls::direction.ne(Direction::Outbound.as_str())))
        .set(calls::from_party.eq(None::<String>))
        .execute(connection)?;
    diesel::update(left().filter(calls::direction.ne(Direction::Inbound.as_str())))
        .set(calls::to_party.eq(None::<String>))
        .execute(connection)?;
    diesel::update(left())
        .set((
            calls::party_number.eq(None::<String>),
            calls::identity.eq(None::<String>),
            calls::words_deleted_at.eq(column(now)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes everything that belongs only to these calls, which began before `since`, other than which agents were in them.
fn delete_what_belongs_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[String],
    (since, now): (UnixMs, UnixMs),
) -> Result<(), StoreError> {
    forget_words(connection, ids, now)?;
    extractions::forget(connection, ids)?;
    campaigns::let_calls_go(connection, ids)?;
    macro_rules! delete {
        ($($table:ident),*) => {
            $(diesel::delete($table::table.filter($table::call_id.eq_any(ids))).execute(connection)?;)*
        };
    }
    // These tables' indexes of call ids begin with the organization. Without it SQLite reads the whole tables; with it, it looks up each id.
    let owner = organization_id.to_string();
    macro_rules! let_go {
        ($($table:ident),*) => {
            $(diesel::update(
                $table::table.filter($table::organization_id.eq(&owner)).filter($table::call_id.eq_any(ids)),
            )
            .set($table::call_id.eq(None::<String>))
            .execute(connection)?;)*
        };
    }
    let_go!(leads, appointments, messages);
    delete!(call_tags, call_notes, call_shares, call_outside_ids, wrap_ups);
    let of_calls =
        callbacks::table.filter(callbacks::organization_id.eq(&owner)).filter(callbacks::call_id.eq_any(ids));
    diesel::delete(of_calls).execute(connection)?;
    // Most are deleted by now, but today's may be many: the condition on their age avoids reading those.
    let keys_of_calls = idempotency_keys::table
        .filter(idempotency_keys::created_at.lt(column(since + KEY_AND_CALL_MS)))
        .filter(is_word("idempotency_keys.organization_id", &owner))
        .filter(idempotency_keys::call_id.eq_any(ids));
    diesel::delete(keys_of_calls).execute(connection)?;
    diesel::delete(activities::table.filter(activities::call_id.eq_any(ids))).execute(connection)?;
    Ok(())
}

/// Stores with customers when these calls, which are deleted, took place: customers are kept for their own time after that.
fn note_callers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[String],
) -> Result<(), StoreError> {
    let called: Vec<(Option<String>, Option<NaiveDateTime>)> = calls::table
        .filter(calls::id.eq_any(ids))
        .filter(calls::party_number.is_not_null())
        .group_by(calls::party_number)
        .select((calls::party_number, max(calls::started_at)))
        .load(connection)?;
    for (number, at) in called {
        if let (Some(Ok(number)), Some(at)) = (number.map(|number| number.parse::<E164>()), at) {
            super::customers::note_called(connection, organization_id, &number, at)?;
        }
    }
    Ok(())
}

/// Deletes leads, appointments and text messages that were last changed before `since`, at most `limit` of each. Returns which. The evidence of some
/// do-not-call entries and deliveries of that age are deleted as well. The list of text opt-outs stays unchanged.
pub fn delete_records_of_customers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    limit: i64,
) -> Result<Deleted, StoreError> {
    let deliveries_deleted = deliveries::forget_of(connection, organization_id, since)?;
    let (owner, since) = (organization_id.to_string(), column(since));
    let mut records = Vec::new();
    macro_rules! delete {
        ($($record:ident, $table:ident by $order:ident: $old:expr;)*) => {
            $({
                let ids: Vec<String> = $old.order($table::$order).limit(limit).select($table::id).load(connection)?;
                diesel::delete($table::table.filter($table::id.eq_any(&ids))).execute(connection)?;
                records.push((DeletedType::$record, ids));
            })*
        };
    }
    delete! {
        Message, messages by id: old_messages!(&owner, since);
        // In the order of their index: by id all due ones would be sorted for each part.
        Appointment, appointments by starts_at: old_appointments!(&owner, since);
        Lead, leads by id: old_leads!(&owner, since);
    }
    let evidence_deleted = campaigns::forget_old_evidence(connection, organization_id, since)?;
    Ok(Deleted { records, others: deliveries_deleted + evidence_deleted })
}

/// Deletes those of these contacts of campaigns that still were last changed before `since` and are not being called. Returns which.
pub fn delete_contacts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    ids: &[String],
) -> Result<Deleted, StoreError> {
    let old = campaigns::delete_old_contacts(connection, organization_id, since, ids)?;
    Ok(Deleted::of(DeletedType::Contact, old))
}

/// Some rows that are old enough to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldRows<Place> {
    /// Their ids.
    pub ids: Vec<String>,
    /// The position of the last row that was read, if any.
    pub read_up_to: Option<Place>,
}

impl<Place> OldRows<Place> {
    /// There was no row left to read.
    pub const NONE: Self = Self { ids: Vec::new(), read_up_to: None };
}

impl OldRows<String> {
    /// Returns the first `limit` of these rows, found by a read that ended with the row `last`.
    pub(super) fn first(mut ids: Vec<String>, last: &str, limit: usize) -> Self {
        let is_cut = ids.len() > limit;
        ids.truncate(limit);
        let read_up_to = ids.last().filter(|_| is_cut).map_or(last, String::as_str).to_owned();
        Self { ids, read_up_to: Some(read_up_to) }
    }
}

/// Finds at most `limit` customers after `after` without anything later than `since`. A customer who stays takes as many lookups as one who is
/// deleted: all of them in one change would block the writer for too long.
pub fn old_customers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    after: Option<&String>,
    limit: usize,
) -> Result<OldRows<String>, StoreError> {
    let (owner, since) = (organization_id.to_string(), column(since));
    let after = after.map_or("", String::as_str);
    let window: Vec<String> = customers::table
        .filter(customers::id.lt(first_row_id(since)))
        .filter(customers::organization_id.eq(&owner))
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(CUSTOMERS_AT_ONCE)
        .select(customers::id)
        .load(connection)?;
    let Some(last) = window.last() else { return Ok(OldRows::NONE) };
    let ids: Vec<String> = old_customers!(&owner, since, leads::table, appointments::table, messages::table)
        .filter(customers::id.gt(after))
        .filter(customers::id.le(last))
        .order(customers::id)
        .select(customers::id)
        .load(connection)?;
    let ids = without_called(connection, organization_id, since, ids)?;
    Ok(OldRows::first(ids, last, limit))
}

/// Leaves out those of these customers who had a call since a moment with the other spelling of a number. An older customer may be stored with the
/// zero that is dialled only within the country.
fn without_called(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: NaiveDateTime,
    mut ids: Vec<String>,
) -> Result<Vec<String>, StoreError> {
    let owner = organization_id.to_string();
    let mut numbers: Vec<Option<String>> =
        customers::table.filter(customers::id.eq_any(&ids)).select(customers::phone).load(connection)?;
    numbers.extend(
        customer_numbers::table
            .filter(customer_numbers::customer_id.eq_any(&ids))
            .select(customer_numbers::number.nullable())
            .load::<Option<String>>(connection)?,
    );
    let others: Vec<String> =
        numbers.into_iter().flatten().filter_map(|number| other_spelling(&number)).collect();
    for some in others.chunks(NUMBERS_AT_ONCE) {
        let called: Vec<Option<String>> = calls::table
            .filter(calls::organization_id.eq(&owner))
            .filter(calls::party_number.eq_any(some))
            .filter(calls::started_at.ge(since))
            .select(calls::party_number)
            .distinct()
            .load(connection)?;
        for number in called.into_iter().flatten().filter_map(|number| number.parse::<E164>().ok()) {
            // The number may be that of another customer.
            let with = super::customers::id_of(connection, organization_id, &number)?;
            ids.retain(|id| Some(id) != with.as_ref());
        }
    }
    Ok(ids)
}

/// Deletes those of these customers that still have nothing later than `since`. Returns which.
pub fn delete_customers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    ids: &[String],
) -> Result<Deleted, StoreError> {
    let (owner, since) = (organization_id.to_string(), column(since));
    let mut old = Vec::with_capacity(ids.len());
    for id in ids {
        let found: Option<String> =
            old_customers!(&owner, since, leads::table, appointments::table, messages::table)
                .filter(customers::id.eq(id))
                .select(customers::id)
                .first(connection)
                .optional()?;
        old.extend(found);
    }
    let old = without_called(connection, organization_id, since, old)?;
    diesel::delete(customers::table.filter(customers::id.eq_any(&old))).execute(connection)?;
    Ok(Deleted::of(DeletedType::Customer, old))
}

/// Counts what is older than these periods allow, by kind, without kinds that are kept for ever.
pub fn due(
    connection: &mut Connection,
    organization_id: OrganizationId,
    days: &Retention,
    now: UnixMs,
) -> Result<RetentionCounts, StoreError> {
    let owner = organization_id.to_string();
    let since = |kind| days.kept_since(kind, now);
    let mut due = RetentionCounts::default();
    if let Some(since) = since(RetentionKind::Recordings) {
        let old = recordings::table
            .filter(recordings::organization_id.eq(&owner))
            .filter(recordings::call_id.lt(first_id(since)));
        due.recordings = counted(old.count().get_result(connection)?);
    }
    if let Some(calls_since) = since(RetentionKind::Calls) {
        // Those of other calls are counted as their calls.
        let mut of_examples = recordings::table
            .filter(recordings::organization_id.eq(&owner))
            .filter(recordings::call_id.lt(first_id(calls_since)))
            .filter(exists(examples::table.filter(examples::call_id.eq(recordings::call_id))))
            .into_boxed();
        if let Some(counted_since) = since(RetentionKind::Recordings) {
            of_examples = of_examples.filter(recordings::call_id.ge(first_id(counted_since)));
        }
        due.recordings += counted(of_examples.count().get_result(connection)?);
    }
    for (kind, with_words) in [(RetentionKind::Words, true), (RetentionKind::Calls, false)] {
        let Some(since) = since(kind) else { continue };
        let mut old = calls::table
            .filter(calls::organization_id.eq(&owner))
            .filter(calls::id.lt(first_id(since)))
            .filter(calls::ended_at.is_not_null())
            .filter(not(exists(examples::table.filter(examples::call_id.eq(calls::id)))))
            .into_boxed();
        if with_words {
            old = old.filter(calls::words_deleted_at.is_null());
        }
        let count = counted(old.count().get_result(connection)?);
        match with_words {
            true => due.words = count,
            false => due.calls = count,
        }
    }
    if let Some(since) = since(RetentionKind::Customers).map(column) {
        due.customers = counted(old_messages!(&owner, since).count().get_result(connection)?)
            + counted(old_appointments!(&owner, since).count().get_result(connection)?)
            + counted(old_leads!(&owner, since).count().get_result(connection)?)
            + counted(campaigns::count_old_contacts(connection, organization_id, since)?)
            + count_old_customers(connection, organization_id, since)?;
    }
    if let Some(since) = since(RetentionKind::AuditLog) {
        due.audit_log = counted(audit::count_old_entries(connection, organization_id, since)?);
    }
    Ok(due)
}

/// Counts the customers that are deleted, some at a time: with all of them in one statement PostgreSQL would give it up.
fn count_old_customers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: NaiveDateTime,
) -> Result<u64, StoreError> {
    let owner = organization_id.to_string();
    let (mut count, mut after) = (0, String::new());
    loop {
        let last: Option<String> = customers::table
            .filter(customers::id.lt(first_row_id(since)))
            .filter(customers::organization_id.eq(&owner))
            .filter(customers::id.gt(&after))
            .order(customers::id)
            .offset(CUSTOMERS_AT_ONCE - 1)
            .limit(1)
            .select(customers::id)
            .first(connection)
            .optional()?;
        // Customers are deleted after their records, so only remaining records keep them.
        let leads_left = leads::table.filter(leads::updated_at.ge(since));
        let appointments_left = appointments::table
            .filter(appointments::updated_at.ge(since).or(appointments::ends_at.ge(since)));
        let messages_left = messages::table.filter(messages::updated_at.ge(since));
        let mut old = old_customers!(&owner, since, leads_left, appointments_left, messages_left)
            .filter(customers::id.gt(&after))
            .select(customers::id)
            .into_boxed();
        if let Some(last) = &last {
            old = old.filter(customers::id.le(last));
        }
        let ids = old.load(connection)?;
        let old = without_called(connection, organization_id, since, ids)?;
        count += u64::try_from(old.len()).unwrap_or(u64::MAX);
        match last {
            Some(last) => after = last,
            None => return Ok(count),
        }
    }
}
