//! The judge model for ended calls: its input, why it was not asked, and the cost of its answers.

use std::collections::HashMap;
use std::sync::Arc;

use cordboard_schema::event::{Event, Fact};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, OrganizationId, ProfileId};
use cordboard_schema::judging::NotJudged;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, EventRow};
use cordboard_tables::tables::{call_events, calls};
use diesel::prelude::*;
use serde_json::Value;

use super::{After, Connection, StoreError, campaigns, counted, events, figures};

const NOT_JUDGED: &str = "calls.not_judged";

/// The parts of a call that are judged.
#[derive(Clone, Debug)]
pub struct CallToJudge {
    /// The profile that answered the call, as it was then.
    pub profile: Arc<AgentProfile>,
    /// When the call began.
    pub began_at: UnixMs,
    /// The whole transcript.
    pub lines: Vec<TranscriptItem>,
}

/// Returns the parts of a call that are judged; none if its journal is deleted.
pub fn to_judge(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<CallToJudge>, StoreError> {
    let began: Option<EventRow> = call_events::table
        .filter(call_events::organization_id.eq(organization_id.to_string()))
        .filter(call_events::call_id.eq(call_id.to_string()))
        .order(call_events::seq)
        .select(EventRow::as_select())
        .first(connection)
        .optional()?;
    let Some((began_at, Event::Fact(Fact::CallStarted { profile, .. }))) =
        began.map(|row| row.into_entry().map(|entry| (entry.at, entry.event))).transpose()?
    else {
        return Ok(None);
    };
    let lines = events::transcript(connection, organization_id, call_id, After::WHOLE)?;
    Ok(Some(CallToJudge { profile, began_at, lines }))
}

/// Tells whether a call exists and its words are not deleted.
pub fn has_words(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<bool, StoreError> {
    let with_words = calls::table
        .find(call_id.to_string())
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::words_deleted_at.is_null())
        .select(calls::id);
    Ok(with_words.first::<String>(connection).optional()?.is_some())
}

/// Returns the newest ended call that this profile answered and whose words exist.
pub fn newest_to_judge(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
) -> Result<Option<CallId>, StoreError> {
    let id: Option<String> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::profile_id.eq(profile_id.to_string()))
        .filter(calls::answered_at.is_not_null())
        .filter(calls::ended_at.is_not_null())
        .filter(calls::words_deleted_at.is_null())
        .order(calls::id.desc())
        .select(calls::id)
        .first(connection)
        .optional()?;
    Ok(id.map(|id| id.parse::<CallId>().map_err(|fault| BadRow::new("calls.id", fault))).transpose()?)
}

/// Stores why the judge model was not asked about a call.
pub fn note_not_judged(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    why: NotJudged,
) -> Result<(), StoreError> {
    let call =
        calls::table.find(call_id.to_string()).filter(calls::organization_id.eq(organization_id.to_string()));
    diesel::update(call).set(calls::not_judged.eq(why.as_str())).execute(connection)?;
    Ok(())
}

/// Returns why the judge model was not asked about a call; none if it was, or did not need to be.
pub fn not_judged(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<NotJudged>, StoreError> {
    let word: Option<Option<String>> = calls::table
        .find(call_id.to_string())
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .select(calls::not_judged)
        .first(connection)
        .optional()?;
    let read =
        |word| serde_json::from_value(Value::String(word)).map_err(|fault| BadRow::new(NOT_JUDGED, fault));
    Ok(word.flatten().map(read).transpose()?)
}

/// Adds the cost of an answer of the judge model to that of its call, once for each answer. It replaces `reserved_micros`, which was charged when the
/// model was asked.
pub fn charge(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    (reserved_micros, cost_micros): (u64, u64),
) -> Result<(), StoreError> {
    let call = || {
        calls::table.find(call_id.to_string()).filter(calls::organization_id.eq(organization_id.to_string()))
    };
    let columns = (calls::cost_micros, calls::judge_micros);
    let known: Option<(i64, i64)> = call().select(columns).first(connection).optional()?;
    let Some((cost, of_judge)) = known else { return Ok(()) };
    let column = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX);
    let charged = |before: i64| {
        before.saturating_sub(column(reserved_micros)).max(0).saturating_add(column(cost_micros))
    };
    campaigns::count_around_calls(connection, &[call_id.to_string()], |connection| {
        diesel::update(call())
            .set((calls::cost_micros.eq(charged(cost)), calls::judge_micros.eq(charged(of_judge))))
            .execute(connection)?;
        Ok(())
    })?;
    figures::mark_call(connection, organization_id, call_id)
}

/// Returns the cost of the judge model for these calls, in millionths of the currency, without calls that cost nothing.
pub fn costs(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[CallId],
) -> Result<HashMap<CallId, u64>, StoreError> {
    let rows: Vec<(String, i64)> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::id.eq_any(ids.iter().map(ToString::to_string)))
        .filter(calls::judge_micros.gt(0))
        .select((calls::id, calls::judge_micros))
        .load(connection)?;
    let known = |(id, micros): (String, i64)| Some((id.parse::<CallId>().ok()?, counted(micros)));
    Ok(rows.into_iter().filter_map(known).collect())
}
