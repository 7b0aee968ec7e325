//! Wrap-ups that agents have written about calls.

use cordboard_actors::messages::OpenWrapUp;
use cordboard_schema::call::Direction;
use cordboard_schema::call_agent::{AgentOutcome, CallAgent};
use cordboard_schema::ids::{CallId, OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::WrapUp;
use cordboard_tables::rows::{BadRow, CallAgentRow, WrapUpRow};
use cordboard_tables::tables::{call_agents, calls, wrap_ups};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::select;

use super::choices::dispositions;
use super::{Connection, StoreError, campaigns, figures, wrap_up_drafts};

/// Maximum of wrap-ups that are due again after a start: those of an hour, of more agents than a server has.
const PENDING_MAX: i64 = 10_000;

/// A wrap-up with the name that its disposition had when it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWrapUp {
    /// The agent's wrap-up.
    pub wrap_up: WrapUp,
    /// The disposition's name then; it may have been renamed or deleted since.
    pub disposition: Option<String>,
}

/// Returns the wrap-ups of a call, one for each agent, in the order in which they were written.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Vec<StoredWrapUp>, StoreError> {
    // The organization is checked after the query: otherwise SQLite would scan all its wrap-ups instead of looking up the call.
    let rows = wrap_ups::table
        .filter(wrap_ups::call_id.eq(call_id.to_string()))
        .order((wrap_ups::ended_at, wrap_ups::user_id))
        .select(WrapUpRow::as_select())
        .load(connection)?;
    let owner = organization_id.to_string();
    rows.into_iter().filter(|row| row.organization_id == owner).map(stored).collect()
}

/// Stores an agent's wrap-up of a call, once: an earlier one stays, and is returned. Deletes their draft. The caller has to check that the call, the
/// queue and the disposition are the organization's.
pub fn insert(connection: &mut Connection, wrap_up: &WrapUp) -> Result<StoredWrapUp, StoreError> {
    let before = wrap_ups::table
        .find((wrap_up.call_id.to_string(), wrap_up.user_id.to_string()))
        .filter(wrap_ups::organization_id.eq(wrap_up.organization_id.to_string()))
        .select(WrapUpRow::as_select())
        .first(connection)
        .optional()?;
    if let Some(before) = before {
        return stored(before);
    }
    let chosen = match wrap_up.disposition_id {
        Some(id) => dispositions::find(connection, wrap_up.organization_id, id)?,
        None => None,
    };
    if let Some(chosen) = &chosen {
        campaigns::note_wrapped_up(connection, wrap_up.organization_id, wrap_up.call_id, chosen)?;
    }
    let disposition = chosen.map(|chosen| chosen.name);
    let row = WrapUpRow::new(wrap_up, disposition);
    diesel::insert_into(wrap_ups::table).values(row.clone()).execute(connection)?;
    figures::mark_call(connection, wrap_up.organization_id, wrap_up.call_id)?;
    wrap_up_drafts::drop_of(connection, wrap_up.organization_id, (wrap_up.call_id, wrap_up.user_id))?;
    stored(row)
}

/// The wrap-ups that are due from agents of all organizations: of calls in which they talked, and which they left at or after `since`, oldest first.
pub(super) fn pending_everywhere(
    connection: &mut Connection,
    since: UnixMs,
) -> Result<Vec<OpenWrapUp>, StoreError> {
    let rows = call_agents::table
        .filter(call_agents::left_at.ge(since.to_utc().naive_utc()))
        .filter(is_due())
        .order(call_agents::left_at.desc())
        .limit(PENDING_MAX)
        .select(CallAgentRow::as_select())
        .load(connection)?;
    let pending = |row: CallAgentRow| -> Result<Option<OpenWrapUp>, BadRow> {
        let (organization_id, call_id) = row.call()?;
        let CallAgent { user_id, queue_id, left_at, .. } = row.into_agent()?;
        Ok(left_at.map(|since| OpenWrapUp { organization_id, user_id, call_id, queue_id, since }))
    };
    // One that can't be read is not shown as due, but its agent can still write it.
    let read = |row: CallAgentRow| {
        let of = row.organization_id.clone();
        pending(row).unwrap_or_else(|error| {
            tracing::error!(organization_id = of, %error, "an agent's part in a call can't be read");
            None
        })
    };
    let mut due: Vec<OpenWrapUp> = rows.into_iter().rev().filter_map(read).collect();
    // No queue has given an agent the call that they began, but that of a previewed contact is of its campaign's queue, which may require an outcome.
    for open in due.iter_mut().filter(|open| open.queue_id.is_none()) {
        let found = campaigns::queue_of_previewed(connection, open.organization_id, open.call_id);
        open.queue_id = found.unwrap_or_else(|error| {
            tracing::error!(call_id = %open.call_id, %error, "the queue of a call's wrap-up can't be read");
            None
        });
    }
    Ok(due)
}

/// Whether an agent is in a call, or left one at or after `since` and has not written its wrap-up.
pub fn has_work(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
    since: UnixMs,
) -> Result<bool, StoreError> {
    let (owner, user) = (organization_id.to_string(), user_id.to_string());
    let present = [AgentOutcome::Talking, AgentOutcome::Accepted, AgentOutcome::Consulted];
    let in_call = call_agents::table
        .filter(call_agents::organization_id.eq(&owner))
        .filter(call_agents::user_id.eq(&user))
        .filter(call_agents::outcome.eq_any(present.map(AgentOutcome::as_str)))
        .filter(call_agents::left_at.is_null());
    let is_in_call: bool = select(exists(in_call)).get_result(connection)?;
    if is_in_call {
        return Ok(true);
    }
    let due = call_agents::table
        .filter(call_agents::organization_id.eq(&owner))
        .filter(call_agents::user_id.eq(&user))
        .filter(call_agents::left_at.ge(since.to_utc().naive_utc()))
        .filter(is_due());
    Ok(select(exists(due)).get_result(connection)?)
}

/// Tells whether a wrap-up of an agent's part in a call is due: they talked in it, and have not written one. Talks between agents need none. The wrap-ups
/// of a person who was erased are gone, and the rows of their newest calls are still there.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_due() -> _ {
    let talked: &'static str = AgentOutcome::Talked.as_str();
    let internal: &'static str = Direction::Internal.as_str();
    let written = wrap_ups::table
        .filter(wrap_ups::call_id.eq(call_agents::call_id))
        .filter(wrap_ups::user_id.eq(call_agents::user_id))
        .filter(wrap_ups::organization_id.eq(call_agents::organization_id));
    let needs_none = calls::table
        .filter(calls::id.eq(call_agents::call_id))
        .filter(calls::direction.eq(internal).or(calls::words_deleted_at.is_not_null()));
    call_agents::outcome.eq(talked).and(not(exists(written))).and(not(exists(needs_none)))
}

fn stored(row: WrapUpRow) -> Result<StoredWrapUp, StoreError> {
    let disposition = row.disposition_name.clone();
    Ok(StoredWrapUp { wrap_up: row.into_wrap_up()?, disposition })
}
