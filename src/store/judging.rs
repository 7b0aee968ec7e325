//! The judge model about calls that are over.

use std::sync::Arc;

use cordboard_schema::event::{Event, Fact};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::judging::NotJudged;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::rows::{BadRow, EventRow};
use cordboard_schema::tables::{call_events, calls};
use diesel::prelude::*;
use serde_json::Value;

use super::{After, Connection, StoreError, events};

const NOT_JUDGED: &str = "calls.not_judged";

/// The part of a call that is judged.
#[derive(Clone, Debug)]
pub struct CallToJudge {
    /// The profile that the call was answered with, as it was then.
    pub profile: Arc<AgentProfile>,
    /// Everything that was said.
    pub lines: Vec<TranscriptItem>,
}

/// The part of a call that is judged; none where its journal is deleted.
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
    let Some(Event::Fact(Fact::CallStarted { profile, .. })) =
        began.map(|row| row.into_entry().map(|entry| entry.event)).transpose()?
    else {
        return Ok(None);
    };
    let lines = events::transcript(connection, organization_id, call_id, After::WHOLE)?;
    Ok(Some(CallToJudge { profile, lines }))
}

/// Notes why the judge model was not asked about a call.
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

/// Why the judge model was not asked about a call; none where it was, or nobody wanted to ask it.
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
