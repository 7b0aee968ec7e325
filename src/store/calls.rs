//! Reads calls.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use chrono::NaiveDateTime;
use cordboard_schema::call::CallState;
use cordboard_schema::call_agent::AgentOutcome;
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId, ProfileId, UserId};
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::CallSid;
use cordboard_schema::words::LookedFor;
use cordboard_tables::rows::{BadRow, CallAgentRow, CallRow, OutsideIdRow, RecordingRow};
use cordboard_tables::tables::{
    call_agents, call_events, call_extractions, call_outside_ids, call_tags, calls, recordings,
};
use diesel::dsl::{AsExprOf, AsSelect, SqlTypeOf, exists, not, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamp};
use uuid::Uuid;

use super::call_words::Matches;
use super::counted_as::{ended_for, has_number, is_counted};
use super::moments::column;
use super::readable::next_readable;
use super::text::{holds_any, holds_text_or_number, kept_text, spellings};
use super::{Connection, StoreError, extractions};

/// Maximum of calls whose recording is completed at a start.
const WITHOUT_AUDIO_MAX: i64 = 1_000;

/// Calls with a topic, or an agent's outcome, that are read in one batch, if other filters let few of them through.
const CALLS_AT_ONCE: i64 = 1_000;

/// The decision that answers a switch's question with a document.
const DOCUMENT_ANSWERED: &str = "document_answered";

/// Calls whose messages Twilio is asked for that are read in one batch.
const ASKED_ABOUT_AT_ONCE: i64 = 100;

/// Calls that are looked up in one statement.
const KNOWN_AT_ONCE: usize = 500;

/// By how much a call's start may differ from the time in its id, in ms: the clock may be set in between.
pub(super) const ID_AND_START_MS: u64 = 24 * 3_600_000;

/// The type by which diesel names both databases.
type Backend = <Connection as diesel::Connection>::Backend;

/// A query for rows of calls, to which filters can be added.
type CallRows<'a> = calls::BoxedQuery<'a, Backend, SqlTypeOf<AsSelect<CallRow, Backend>>>;

/// Filters for calls. `None` does not filter; parts of texts match without regard to case.
#[derive(Clone, Debug, Default)]
pub struct CallQuery {
    /// Only those in this state.
    pub state: Option<CallState>,
    /// Only those whose caller's number or name contains this.
    pub from: Option<String>,
    /// Only those to a number that contains this.
    pub to: Option<String>,
    /// Only those that figures count for this number of ours.
    pub number: Option<String>,
    /// Only those with one of these numbers as the other party; an empty list matches nothing.
    pub party: Option<Vec<KnownCaller>>,
    /// Only those with this hangup cause; `unknown` also matches calls without one.
    pub cause: Option<String>,
    /// Only those that figures count this way; with `agent_id`, for that agent.
    pub counted: Option<CountedAs>,
    /// Only those answered with this profile.
    pub profile_id: Option<ProfileId>,
    /// Only those that were offered to this agent.
    pub agent_id: Option<UserId>,
    /// Only those in which an agent, or that one, has this outcome.
    pub agent_outcome: Option<AgentOutcome>,
    /// Only those that started then or later.
    pub since: Option<UnixMs>,
    /// Only those that started before then.
    pub until: Option<UnixMs>,
    /// Only those in which all these words were said or written; the last may be a prefix.
    pub said: Option<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those with this topic.
    pub topic: Option<String>,
    /// Only those that began before this one.
    pub before: Option<CallId>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the call with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallId,
) -> Result<Option<Call>, StoreError> {
    Ok(find_anywhere(connection, id)?.filter(|call| call.organization_id == organization_id))
}

/// Returns the call with this id, of any organization: for the writer, which folds all journals.
pub(super) fn find_anywhere(connection: &mut Connection, id: CallId) -> Result<Option<Call>, StoreError> {
    let row = calls::table.find(id.to_string()).select(CallRow::as_select()).first(connection).optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// Returns the newest call with this outside id.
pub fn find_by_outside_id(
    connection: &mut Connection,
    organization_id: OrganizationId,
    outside_id: &OutsideId,
) -> Result<Option<Call>, StoreError> {
    // This is not a join: SQLite would scan all calls of the organization for one with the name.
    let named = call_outside_ids::table
        .filter(call_outside_ids::kind.eq(OutsideIdRow::kind_of(outside_id)?))
        .filter(call_outside_ids::value.eq(&outside_id.value))
        .select(call_outside_ids::call_id);
    let row = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::id.eq_any(named))
        .order(calls::id.desc())
        .select(CallRow::as_select())
        .first(connection)
        .optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// Returns the newest call with this name at Twilio, of any organization: Twilio's names are unique, and Twilio makes the request.
pub fn find_at_twilio(connection: &mut Connection, sid: &CallSid) -> Result<Option<Call>, StoreError> {
    named(connection, &OutsideId::twilio(sid))
}

/// The newest call with this outside id, of any organization.
fn named(connection: &mut Connection, outside_id: &OutsideId) -> Result<Option<Call>, StoreError> {
    let row = calls::table
        .inner_join(call_outside_ids::table.on(call_outside_ids::call_id.eq(calls::id)))
        .filter(call_outside_ids::kind.eq(OutsideIdRow::kind_of(outside_id)?))
        .filter(call_outside_ids::value.eq(&outside_id.value))
        .order(calls::id.desc())
        .select(CallRow::as_select())
        .first(connection)
        .optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// Returns the newest call with this conversation at ElevenLabs, of any organization: ElevenLabs' names are unique, and ElevenLabs sends the report.
pub fn find_at_elevenlabs(
    connection: &mut Connection,
    conversation_id: &str,
) -> Result<Option<Call>, StoreError> {
    named(connection, &OutsideId::elevenlabs(conversation_id))
}

/// Returns the newest call with this name at one of the server's dialplans, or else the call with this id, of any organization: the dialplans serve
/// the calls of all organizations.
pub fn find_at_dialplan(
    connection: &mut Connection,
    outside_id: &OutsideId,
    id: CallId,
) -> Result<Option<Call>, StoreError> {
    match named(connection, outside_id)? {
        Some(call) => Ok(Some(call)),
        None => find_anywhere(connection, id),
    }
}

/// Returns calls of all organizations that ended within these times, answered by documents and without a recording, oldest first, after the call
/// `after`: Twilio may have a message of their caller. Calls that can't be read are left out and logged.
pub fn maybe_with_message(
    connection: &mut Connection,
    (since, until): (UnixMs, UnixMs),
    after: Option<CallId>,
) -> Result<Vec<Call>, StoreError> {
    next_readable(after.map(|id| id.to_string()), |after| {
        let mut found: CallRows = calls::table
            .filter(calls::ended_at.ge(column(since)))
            .filter(calls::ended_at.lt(column(until)))
            // A caller who is asked for a message has no audio here.
            .filter(calls::leg_kind.is_null())
            .filter(not(exists(recordings::table.filter(recordings::call_id.eq(calls::id)))))
            .filter(exists(
                call_events::table
                    .filter(call_events::call_id.eq(calls::id))
                    .filter(call_events::kind.eq(DOCUMENT_ANSWERED)),
            ))
            .order(calls::id)
            .limit(ASKED_ABOUT_AT_ONCE)
            .select(CallRow::as_select())
            .into_boxed();
        if let Some(after) = after {
            found = found.filter(calls::id.gt(after.to_owned()));
        }
        let rows: Vec<CallRow> = found.load(connection)?;
        let last = rows.last().map(|row| row.id.clone());
        Ok((readable(connection, rows)?, last))
    })
}

/// The parts of a call that are known even if the rest of its row can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct CallTimes {
    /// Whether somebody has answered it.
    pub was_answered: bool,
    /// Whether it has ended.
    pub has_ended: bool,
}

/// Returns whether a call was answered, and has ended; none if there is no such call.
pub fn times(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<CallTimes>, StoreError> {
    let found = calls::table
        .find(call_id.to_string())
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .select((calls::answered_at.is_not_null(), calls::ended_at.is_not_null()));
    Ok(found.first(connection).optional()?)
}

/// Returns the id of the newest call of all organizations. Ids are ordered by time.
pub fn newest_id(connection: &mut Connection) -> Result<Option<CallId>, StoreError> {
    let newest: Option<String> =
        calls::table.order(calls::id.desc()).select(calls::id).first(connection).optional()?;
    Ok(newest.and_then(|id| id.parse().ok()))
}

/// Returns which of these calls there are.
pub fn known(connection: &mut Connection, ids: &[CallId]) -> Result<BTreeSet<CallId>, StoreError> {
    let mut known = BTreeSet::new();
    for some in ids.chunks(KNOWN_AT_ONCE) {
        let some: Vec<String> = some.iter().map(CallId::to_string).collect();
        let found: Vec<String> =
            calls::table.filter(calls::id.eq_any(some)).select(calls::id).load(connection)?;
        known.extend(found.iter().filter_map(|id| id.parse::<CallId>().ok()));
    }
    Ok(known)
}

/// Returns the ended calls of all organizations that began at or after `since` and whose recording is not complete, oldest first.
/// Calls that can't be read are left out and logged.
pub fn without_audio(connection: &mut Connection, since: UnixMs) -> Result<Vec<Call>, StoreError> {
    let rows = calls::table
        .inner_join(recordings::table.on(recordings::call_id.eq(calls::id)))
        // Ordered by id, so reading starts at the oldest id that can match.
        .filter(calls::id.ge(CallId::first_at(since - ID_AND_START_MS).to_string()))
        .filter(calls::started_at.ge(since.to_utc().naive_utc()))
        .filter(calls::ended_at.is_not_null())
        .filter(recordings::duration_ms.is_null())
        .order(calls::id)
        .limit(WITHOUT_AUDIO_MAX)
        .select(CallRow::as_select())
        .load(connection)?;
    readable(connection, rows)
}

/// Returns the calls that match `query`, newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: CallQuery,
) -> Result<Vec<Call>, StoreError> {
    let any_agent = query.agent_outcome.filter(|_| query.agent_id.is_none() && query.party.is_none());
    let rows = match (&query.said, &query.topic, any_agent) {
        (Some(said), ..) => match LookedFor::of(said) {
            Some(words) => with_words(connection, organization_id, &query, words)?,
            None => Vec::new(),
        },
        (None, Some(topic), _) => {
            let topic = kept_text(topic);
            in_parts(connection, organization_id, &query, |connection, ids| {
                extractions::with_topic(connection, organization_id, &topic, ids, CALLS_AT_ONCE)
            })?
        }
        (None, None, Some(outcome)) => in_parts(connection, organization_id, &query, |connection, ids| {
            with_outcome(connection, organization_id, outcome, ids)
        })?,
        (None, None, None) => fitting(connection, organization_id, &query, None, query.limit)?,
    };
    complete(connection, rows)
}

/// Matching rows of calls that contain all these words. Calls with the words are read newest first, in batches, until there are enough.
fn with_words(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &CallQuery,
    words: LookedFor,
) -> Result<Vec<CallRow>, StoreError> {
    let mut matches = Matches::new(organization_id, words, ids_of(query));
    let mut rows = Vec::new();
    while let Some(ids) = matches.next(connection)? {
        let missing = query.limit - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        rows.extend(fitting(connection, organization_id, query, Some(&ids), missing)?);
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= query.limit {
            break;
        }
    }
    Ok(rows)
}

/// Matching rows of the calls that `find` returns for a range of ids, at most [`CALLS_AT_ONCE`] at a time, in batches as in [`with_words`].
fn in_parts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &CallQuery,
    mut find: impl FnMut(&mut Connection, &Range<Uuid>) -> Result<Vec<String>, StoreError>,
) -> Result<Vec<CallRow>, StoreError> {
    let (mut ids, mut rows) = (ids_of(query), Vec::new());
    loop {
        let found = find(connection, &ids)?;
        let Some(last) = found.last() else { break };
        ids.end = Uuid::parse_str(last).unwrap_or_default();
        let missing = query.limit - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        rows.extend(fitting(connection, organization_id, query, Some(&found), missing)?);
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= query.limit {
            break;
        }
    }
    Ok(rows)
}

/// The newest calls in which some agent has this outcome; a call is repeated for each such agent. It is a query of its own, because PostgreSQL would
/// otherwise scan all calls of the organization.
fn with_outcome(
    connection: &mut Connection,
    organization_id: OrganizationId,
    outcome: AgentOutcome,
    ids: &Range<Uuid>,
) -> Result<Vec<String>, StoreError> {
    Ok(call_agents::table
        .filter(call_agents::organization_id.eq(organization_id.to_string()))
        .filter(call_agents::outcome.eq(outcome.as_str()))
        .filter(call_agents::call_id.ge(ids.start.to_string()))
        .filter(call_agents::call_id.lt(ids.end.to_string()))
        .order(call_agents::call_id.desc())
        .limit(CALLS_AT_ONCE)
        .select(call_agents::call_id)
        .load(connection)?)
}

/// The range of ids that calls of `query` can have. An id contains its time, so days are a range of the index that lists are read by.
fn ids_of(query: &CallQuery) -> Range<Uuid> {
    let at = |moment: UnixMs| CallId::first_at(moment).0;
    let from = query.since.map_or(Uuid::nil(), |since| at(since - ID_AND_START_MS));
    let until = query.until.map_or(Uuid::max(), |until| at(until + ID_AND_START_MS));
    from..query.before.map_or(until, |before| before.0.min(until))
}

/// At most `limit` rows that match `query` except its words, newest first; only of these calls, if they are given.
fn fitting(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &CallQuery,
    among: Option<&[String]>,
    limit: i64,
) -> Result<Vec<CallRow>, StoreError> {
    let Some(party) = &query.party else {
        return fitting_of(connection, organization_id, query, None, among, limit);
    };
    newest_of_each(party, limit, |number| {
        fitting_of(connection, organization_id, query, Some(number), among, limit)
    })
}

/// At most `limit` rows for these callers' numbers, newest first; `find` reads those of one. Numbers are read one at a time: with two in one query,
/// SQLite reads all calls of the organization in order.
fn newest_of_each(
    callers: &[KnownCaller],
    limit: i64,
    mut find: impl FnMut(&str) -> Result<Vec<CallRow>, StoreError>,
) -> Result<Vec<CallRow>, StoreError> {
    let mut rows = Vec::new();
    for caller in callers {
        rows.append(&mut find(caller.number().as_str())?);
    }
    rows.sort_unstable_by(|one, other| other.id.cmp(&one.id));
    rows.dedup_by(|one, other| one.id == other.id);
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(rows)
}

/// The rows of one number, or of all.
fn fitting_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &CallQuery,
    party: Option<&str>,
    among: Option<&[String]>,
    limit: i64,
) -> Result<Vec<CallRow>, StoreError> {
    let mut found: CallRows = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .order(calls::id.desc())
        .limit(limit)
        .select(CallRow::as_select())
        .into_boxed();
    if let Some(ids) = among {
        found = found.filter(calls::id.eq_any(ids));
    }
    if let Some(state) = query.state {
        found = found.filter(calls::state.eq(state.as_str()));
    }
    if let Some(from) = &query.from {
        found = holding(found, connection, "calls.from_party", from);
    }
    if let Some(to) = &query.to {
        found = holding(found, connection, "calls.to_party", to);
    }
    if let Some(number) = &query.number {
        found = found.filter(has_number(number));
    }
    if let Some(party) = party {
        found = found.filter(calls::party_number.eq(party));
    }
    if let Some(cause) = &query.cause {
        found = found.filter(ended_for(cause));
    }
    if let Some(profile_id) = query.profile_id {
        found = found.filter(calls::profile_id.eq(profile_id.to_string()));
    }
    if let Some(tag) = &query.tag {
        let tagged = call_tags::table
            .filter(call_tags::organization_id.eq(organization_id.to_string()))
            .filter(call_tags::tag.eq(kept_text(tag)));
        found = found.filter(calls::id.eq_any(tagged.select(call_tags::call_id)));
    }
    if let Some(topic) = &query.topic {
        let named = call_extractions::table
            .filter(call_extractions::call_id.eq(calls::id))
            .filter(call_extractions::kind.eq(extractions::TOPIC))
            .filter(call_extractions::name.eq(kept_text(topic)));
        found = found.filter(exists(named));
    }
    found = for_agents(found, organization_id, query);
    if let Some(since) = query.since {
        found = found.filter(began(">=", since));
    }
    if let Some(until) = query.until {
        found = found.filter(began("<", until));
    }
    let ids = ids_of(query);
    // One caller has far fewer calls than the days: with a range of ids, SQLite would read all calls of those days.
    let in_days = party.is_none();
    if in_days && query.since.is_some() {
        found = found.filter(calls::id.ge(ids.start.to_string()));
    }
    if (in_days && query.until.is_some()) || query.before.is_some() {
        found = found.filter(calls::id.lt(ids.end.to_string()));
    }
    Ok(found.load(connection)?)
}

/// Adds that a column contains a text, in any usual case of its letters, or the number that the text is.
fn holding<'a>(
    found: CallRows<'a>,
    connection: &Connection,
    column: &'static str,
    part: &str,
) -> CallRows<'a> {
    let is_in = holds_text_or_number(connection, column, part);
    // For A to Z that is enough: searches through many calls compare no more than they must.
    match part.is_ascii() {
        true => found.filter(is_in),
        false => found.filter(holds_any(connection, column, &spellings(part)).or(is_in)),
    }
}

/// Adds what `query` says about agents, and about how figures count calls: for an agent, only their own part counts (`CallFacts::shares`).
fn for_agents<'a>(
    mut found: CallRows<'a>,
    organization_id: OrganizationId,
    query: &CallQuery,
) -> CallRows<'a> {
    let of_agents = call_agents::table
        .filter(call_agents::organization_id.eq(organization_id.to_string()))
        .select(call_agents::call_id);
    let of_user = |user: UserId| of_agents.clone().filter(call_agents::user_id.eq(user.to_string()));
    if let Some(counted) = query.counted {
        found = found.filter(is_counted(CountedAs::Call));
        found = match (query.agent_id, counted) {
            (_, CountedAs::Call) => found,
            (Some(_), CountedAs::Contained) => found.filter(sql::<Bool>("1 = 0")),
            (Some(user), CountedAs::HandedOver) => {
                found.filter(calls::id.eq_any(of_user(user).filter(call_agents::joined_at.is_not_null())))
            }
            (Some(user), CountedAs::Missed) => {
                let has_missed = call_agents::outcome.eq(AgentOutcome::Missed.as_str());
                let or_declined = has_missed.or(call_agents::outcome.eq(AgentOutcome::Declined.as_str()));
                found.filter(calls::id.eq_any(of_user(user).filter(or_declined)))
            }
            (None, counted) => found.filter(is_counted(counted)),
        };
    }
    match (query.agent_id, query.agent_outcome.map(AgentOutcome::as_str)) {
        (None, None) => found,
        (Some(user), None) => found.filter(calls::id.eq_any(of_user(user))),
        (None, Some(outcome)) => {
            found.filter(calls::id.eq_any(of_agents.clone().filter(call_agents::outcome.eq(outcome))))
        }
        (Some(user), Some(outcome)) => {
            found.filter(calls::id.eq_any(of_user(user).filter(call_agents::outcome.eq(outcome))))
        }
    }
}

/// A condition of [`began`].
type Began = SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, AsExprOf<NaiveDateTime, Timestamp>>>;

/// Compares a call's start with a moment; `comparison` is an operator such as `<`. COALESCE hides the indexed column. Otherwise SQLite prefers its
/// index and reads all calls of the days, even if a list is ordered by id, whose range is nearly the same, or if the calls are given.
fn began(comparison: &str, moment: UnixMs) -> Began {
    sql::<Bool>(&format!("COALESCE(calls.started_at, calls.started_at) {comparison} "))
        .bind::<Timestamp, _>(moment.to_utc().naive_utc())
        .sql("")
}

/// Returns ended calls with a caller, from or to any of their numbers, that began before `call` in the same organization; newest first, at most
/// `limit`.
pub(super) fn with_caller(
    connection: &mut Connection,
    call: &Call,
    caller: &[KnownCaller],
    limit: i64,
) -> Result<Vec<Call>, StoreError> {
    let rows = newest_of_each(caller, limit, |number| {
        let of_number = calls::table
            .filter(calls::organization_id.eq(call.organization_id.to_string()))
            .filter(calls::party_number.eq(number))
            .filter(calls::id.lt(call.id.to_string()))
            .filter(calls::ended_at.is_not_null())
            .order(calls::id.desc())
            .limit(limit)
            .select(CallRow::as_select());
        Ok(of_number.load(connection)?)
    })?;
    complete(connection, rows)
}

/// Tells whether a call has not ended. The condition is worded as in the partial indexes of live calls: the planner uses them only then.
pub(super) fn is_live() -> SqlLiteral<Bool> {
    sql("calls.state <> 'ended'")
}

/// Tells whether the organization has a call that has not ended.
pub fn has_live(connection: &mut Connection, organization_id: OrganizationId) -> Result<bool, StoreError> {
    let live = calls::table.filter(calls::organization_id.eq(organization_id.to_string())).filter(is_live());
    Ok(live.select(calls::id).first::<String>(connection).optional()?.is_some())
}

/// Returns calls that have not ended, newest first, at most `limit`.
pub fn live(
    connection: &mut Connection,
    organization_id: OrganizationId,
    limit: i64,
) -> Result<Vec<Call>, StoreError> {
    let rows = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(is_live())
        .order(calls::id.desc())
        .limit(limit)
        .select(CallRow::as_select())
        .load(connection)?;
    complete(connection, rows)
}

/// Returns calls of all organizations that have not ended, newest first, at most `limit`. A call that can't be read is left out and logged.
pub fn live_everywhere(connection: &mut Connection, limit: i64) -> Result<Vec<Call>, StoreError> {
    let rows = calls::table
        .filter(is_live())
        .order(calls::id.desc())
        .limit(limit)
        .select(CallRow::as_select())
        .load(connection)?;
    readable(connection, rows)
}

/// The calls of `rows` that can be read. The others are logged.
fn readable(connection: &mut Connection, rows: Vec<CallRow>) -> Result<Vec<Call>, StoreError> {
    let calls = each_complete(connection, rows)?.into_iter().filter_map(|(call_id, call)| {
        call.inspect_err(|error| tracing::error!(call_id, %error, "a call's row can't be read")).ok()
    });
    Ok(calls.collect())
}

/// The calls of `rows`, with their parts from the other tables, in the same order.
fn complete(connection: &mut Connection, rows: Vec<CallRow>) -> Result<Vec<Call>, StoreError> {
    let calls = each_complete(connection, rows)?.into_iter().map(|(_, call)| call);
    Ok(calls.collect::<Result<_, _>>()?)
}

/// A row's id, and its call if it can be read.
type ReadCall = (String, Result<Call, BadRow>);

/// The same, each with the id of its row.
fn each_complete(connection: &mut Connection, rows: Vec<CallRow>) -> Result<Vec<ReadCall>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut outside_ids: HashMap<String, Vec<OutsideIdRow>> = HashMap::new();
    let found = call_outside_ids::table
        .filter(call_outside_ids::call_id.eq_any(&ids))
        .order(call_outside_ids::position)
        .select(OutsideIdRow::as_select())
        .load(connection)?;
    for row in found {
        outside_ids.entry(row.call_id.clone()).or_default().push(row);
    }
    let mut agents: HashMap<String, Vec<CallAgentRow>> = HashMap::new();
    let found = call_agents::table
        .filter(call_agents::call_id.eq_any(&ids))
        .select(CallAgentRow::as_select())
        .load(connection)?;
    for row in found {
        agents.entry(row.call_id.clone()).or_default().push(row);
    }
    let mut recorded: HashMap<String, RecordingRow> = recordings::table
        .filter(recordings::call_id.eq_any(&ids))
        .select(RecordingRow::as_select())
        .load(connection)?
        .into_iter()
        .map(|row| (row.call_id.clone(), row))
        .collect();
    let call = |row: CallRow| {
        let id = row.id.clone();
        let outside_ids = outside_ids.remove(&id).unwrap_or_default();
        let agents = agents.remove(&id).unwrap_or_default();
        let recording = recorded.remove(&id);
        (id, row.into_call(outside_ids, agents, recording))
    };
    Ok(rows.into_iter().map(call).collect())
}
