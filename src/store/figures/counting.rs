//! Counts an hour from its rows.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::QUEUE_WRAP_UP_S;
use cordboard_schema::report::{AgentFacts, CallFacts, CallTally, Cut, Sums};
use cordboard_tables::rows::{BadRow, EventRow};
use cordboard_tables::tables::{attempts, call_agents, call_events, calls, wrap_ups};
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{HourSpan, naive, settling};
use crate::store::{Connection, StoreError, counted, extractions};

/// Calls that are counted together; one statement reads their agents and journals.
const AT_ONCE: usize = 500;

/// Sums by cut and key.
pub(super) type ByKey = BTreeMap<(Cut, String), Sums>;

/// Columns of a call: id, direction, state, answer, cause, parties, number, profile, provider, begin, end, talk time, cost and tally.
type CallColumns = (
    (String, String, String, Option<NaiveDateTime>, Option<String>),
    (Option<String>, Option<String>, Option<String>, String, Option<String>),
    (NaiveDateTime, Option<NaiveDateTime>),
    (Option<i64>, i64, Option<String>),
);

/// A call that counts, with its columns for the export.
#[derive(Clone, Debug)]
pub struct CountedCall {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started_at: NaiveDateTime,
    /// When the caller was connected.
    pub answered_at: Option<NaiveDateTime>,
    /// When it ended.
    pub ended_at: Option<NaiveDateTime>,
    /// The facts that figures count.
    pub facts: CallFacts,
}

/// Sums of the calls that began in this span, always from the rows.
pub fn hour(
    connection: &mut Connection,
    organization_id: OrganizationId,
    span: HourSpan,
) -> Result<ByKey, StoreError> {
    let mut sums = ByKey::new();
    each_part(connection, organization_id, span, |calls| {
        for share in calls.iter().flat_map(|call| call.facts.shares()) {
            sums.entry((share.cut, share.key)).or_default().add(&share.sums);
        }
    })?;
    Ok(sums)
}

/// The calls that began in this span, without those between colleagues, ordered by id.
pub(in crate::store) fn counted_calls(
    connection: &mut Connection,
    organization_id: OrganizationId,
    span: HourSpan,
) -> Result<Vec<CountedCall>, StoreError> {
    let mut found = Vec::new();
    each_part(connection, organization_id, span, |mut calls| found.append(&mut calls))?;
    found.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

/// Passes the calls of a span on in parts: a busy hour has many, and the process would keep the memory for all of them.
fn each_part(
    connection: &mut Connection,
    organization_id: OrganizationId,
    span: HourSpan,
    mut take: impl FnMut(Vec<CountedCall>),
) -> Result<(), StoreError> {
    let mut last_read: Option<(NaiveDateTime, String)> = None;
    loop {
        let calls = part(connection, organization_id, span, last_read.as_ref())?;
        let last = calls.last().filter(|_| calls.len() == AT_ONCE);
        last_read = last.map(|last| (last.started_at, last.id.clone()));
        take(calls);
        if last_read.is_none() {
            return Ok(());
        }
    }
}

/// The next [`AT_ONCE`] of these calls after a time and an id, ordered by both.
fn part(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (from, to): HourSpan,
    last_read: Option<&(NaiveDateTime, String)>,
) -> Result<Vec<CountedCall>, StoreError> {
    let organization = organization_id.to_string();
    let mut rows = calls::table
        .filter(calls::organization_id.eq(&organization))
        .filter(calls::direction.ne(Direction::Internal.as_str()))
        .filter(calls::started_at.ge(last_read.map_or(naive(from), |(at, _)| *at)))
        .filter(calls::started_at.lt(naive(to)))
        .select((
            (calls::id, calls::direction, calls::state, calls::answered_at, calls::hangup_cause),
            (calls::from_party, calls::to_party, calls::party_number, calls::profile_id, calls::provider),
            (calls::started_at, calls::ended_at),
            (calls::talk_ms, calls::cost_micros, calls::tally),
        ))
        .order((calls::started_at, calls::id))
        .limit(AT_ONCE as i64)
        .into_boxed();
    if let Some((at, id)) = last_read {
        rows = rows.filter(calls::started_at.gt(at).or(calls::id.gt(id)));
    }
    let rows: Vec<CallColumns> = rows.load(connection)?;
    let ids: Vec<&str> = rows.iter().map(|((id, ..), ..)| id.as_str()).collect();
    let mut agents = agents(connection, &ids)?;
    let mut tallies: HashMap<String, CallTally> = HashMap::new();
    let mut without_tally = Vec::new();
    for ((id, ..), _, _, (.., tally)) in &rows {
        match tally.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
            Some(tally) => drop(tallies.insert(id.clone(), tally)),
            None => without_tally.push(id.as_str()),
        }
    }
    from_journals(connection, &without_tally, &mut tallies)?;
    let mut campaigns = campaigns(connection, &rows)?;
    let mut called_again = called_again(connection, organization_id, (from, to), &rows)?;
    let mut extracted = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        extracted.extend(extractions::countable(connection, ids)?);
    }
    let mut found = Vec::with_capacity(rows.len());
    for (named, parties, (started_at, ended_at), (talk_ms, cost_micros, _)) in rows {
        let (id, direction, state, answered_at, hangup_cause) = named;
        let (from, to, _, profile_id, provider) = parties;
        let extractions::Countable { topics, fields } = extracted.remove(&id).unwrap_or_default();
        let facts = CallFacts {
            direction: from_word("calls.direction", &direction).map_err(|bad| of_call(&id, bad))?,
            state: from_word("calls.state", &state).map_err(|bad| of_call(&id, bad))?,
            is_answered: answered_at.is_some(),
            hangup_cause,
            from,
            to,
            profile_id,
            provider,
            talk_ms: talk_ms.map(counted),
            cost_micros: counted(cost_micros),
            tally: tallies.remove(&id).unwrap_or_default(),
            agents: agents.remove(&id).unwrap_or_default(),
            campaign_id: campaigns.remove(&id),
            called_again: called_again.remove(&id),
            topics,
            extracted: fields,
        };
        found.push(CountedCall { id, started_at, answered_at, ended_at, facts });
    }
    Ok(found)
}

/// The campaigns of these calls, by call.
fn campaigns(
    connection: &mut Connection,
    rows: &[CallColumns],
) -> Result<HashMap<String, String>, StoreError> {
    let ours = rows.iter().filter(|((_, direction, ..), ..)| direction == Direction::Outbound.as_str());
    let ids: Vec<&str> = ours.map(|((id, ..), ..)| id.as_str()).collect();
    let mut campaigns = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let found: Vec<(String, String)> = attempts::table
            .filter(attempts::call_id.eq_any(ids))
            .select((attempts::call_id, attempts::campaign_id))
            .load(connection)?;
        campaigns.extend(found);
    }
    Ok(campaigns)
}

/// Whether the callers of these calls called again, by call.
fn called_again(
    connection: &mut Connection,
    organization_id: OrganizationId,
    span: HourSpan,
    rows: &[CallColumns],
) -> Result<BTreeMap<String, bool>, StoreError> {
    let mut began = Vec::new();
    for ((id, direction, _, answered_at, _), (_, _, number, ..), (started_at, _), _) in rows {
        if direction == Direction::Inbound.as_str()
            && answered_at.is_some()
            && let Some(number) = number
        {
            began.push((id.as_str(), number.as_str(), *started_at));
        }
    }
    settling::called_again(connection, organization_id, span, &began)
}

/// Call, user, outcome, when they joined, talk time in ms, queue.
type AgentColumns = (String, String, String, Option<NaiveDateTime>, i64, Option<String>);

/// The agents of these calls, by call, with the duration of their wrap-ups. None counts for longer than a queue can give for one: an agent who goes
/// home leaves it open for the night, and one that was due before a restart is written alongside other calls.
fn agents(connection: &mut Connection, ids: &[&str]) -> Result<HashMap<String, Vec<AgentFacts>>, StoreError> {
    let mut agents: HashMap<String, Vec<AgentFacts>> = HashMap::new();
    let most_ms = u64::from(*QUEUE_WRAP_UP_S.end()) * 1_000;
    for ids in ids.chunks(AT_ONCE) {
        let written: Vec<(String, String, NaiveDateTime, NaiveDateTime)> = wrap_ups::table
            .filter(wrap_ups::call_id.eq_any(ids))
            .select((wrap_ups::call_id, wrap_ups::user_id, wrap_ups::started_at, wrap_ups::ended_at))
            .load(connection)?;
        let written: HashMap<(String, String), u64> = written
            .into_iter()
            .map(|(call, user, from, to)| {
                ((call, user), counted((to - from).num_milliseconds()).min(most_ms))
            })
            .collect();
        let found: Vec<AgentColumns> = call_agents::table
            .filter(call_agents::call_id.eq_any(ids))
            .select((
                call_agents::call_id,
                call_agents::user_id,
                call_agents::outcome,
                call_agents::joined_at,
                call_agents::talked_ms,
                call_agents::queue_id,
            ))
            .load(connection)?;
        for (call, user_id, outcome, joined_at, talked_ms, queue_id) in found {
            let wrap_up_ms = written.get(&(call.clone(), user_id.clone())).copied();
            let outcome = from_word("call_agents.outcome", &outcome).map_err(|bad| of_call(&call, bad))?;
            agents.entry(call).or_default().push(AgentFacts {
                user_id,
                outcome,
                has_joined: joined_at.is_some(),
                talked_ms: counted(talked_ms),
                queue_id,
                wrap_up_ms,
            });
        }
    }
    Ok(agents)
}

/// Folds the tallies of calls whose rows have none from their journals.
fn from_journals(
    connection: &mut Connection,
    ids: &[&str],
    tallies: &mut HashMap<String, CallTally>,
) -> Result<(), StoreError> {
    for ids in ids.chunks(AT_ONCE) {
        let rows = call_events::table
            .filter(call_events::call_id.eq_any(ids))
            .filter(call_events::kind.eq_any(CallTally::KINDS))
            .order((call_events::call_id, call_events::seq))
            .select(EventRow::as_select())
            .load(connection)?;
        for row in rows {
            let call = row.call_id.clone();
            let entry = row.into_entry().map_err(|bad| of_call(&call, bad))?;
            tallies.entry(call).or_default().apply(&entry.event, entry.at);
        }
    }
    Ok(())
}

/// The same fault with the call, so that somebody can find the row.
fn of_call(id: &str, BadRow { column, reason }: BadRow) -> BadRow {
    BadRow { column, reason: format!("{reason}, in call {id}") }
}

fn from_word<T: DeserializeOwned>(column: &'static str, word: &str) -> Result<T, BadRow> {
    serde_json::from_value(Value::String(word.to_owned())).map_err(|fault| BadRow::new(column, fault))
}
