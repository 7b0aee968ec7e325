//! Callers who are to be called back, and the users who do it.

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::call::Direction;
use cordboard_schema::changed::Thing;
use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::ids::{CallbackId, OrganizationId, QueueId, UserId};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::{Callback, CallbackState};
use cordboard_tables::rows::{AuditRow, CallbackRow};
use cordboard_tables::tables::{audit_log, callbacks, calls};
use diesel::dsl::{exists, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::select;
use diesel::sql_types::Bool;

use super::moments::column;
use super::{Connection, StoreError, audit, changes};

/// Filters for callbacks. `None` does not filter.
#[derive(Clone, Debug, Default)]
pub struct CallbackQuery {
    /// Only those in this state.
    pub state: Option<CallbackState>,
    /// Only those of callers who waited in this queue.
    pub queue_id: Option<QueueId>,
    /// Only those that this user has claimed or finished.
    pub user_id: Option<UserId>,
    /// Only those that come after this one in the order of the list.
    pub after: Option<CallbackId>,
    /// Whether the newest come first.
    pub newest_first: bool,
    /// Lists those that are done, the last done first, whatever the state and the order that are given otherwise.
    pub last_done_first: bool,
    /// With `last_done_first`, only those that come after this one, which was done at this time.
    pub done_after: Option<(UnixMs, CallbackId)>,
    /// At most this many.
    pub limit: i64,
}

/// Why a user can't change a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefused {
    /// The organization has no callback with that id.
    #[error("there is no such callback")]
    NoSuch,
    /// Another user has claimed it.
    #[error("another user has claimed this callback")]
    Taken {
        /// The other user.
        by: UserId,
    },
    /// It is done.
    #[error("this callback is done")]
    Done,
}

/// The user or call that changes a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackHand {
    /// The user, if it is one.
    pub user_id: Option<UserId>,
    /// Whether they may also change callbacks that others claimed.
    pub over_others: bool,
}

impl CallbackHand {
    /// The user whose claim stops them.
    fn stopped_by(self, callback: &Callback) -> Option<UserId> {
        callback.user_id.filter(|by| !self.over_others && self.user_id != Some(*by))
    }
}

/// The row after which the next ones are listed.
enum After {
    /// In the order of the ids.
    Id(String),
    /// In the order in which they were done: the time of the last change, and the id.
    Done(NaiveDateTime, String),
}

impl After {
    fn of(query: &CallbackQuery) -> Option<Self> {
        let done = query.done_after.map(|(at, id)| Self::Done(column(at), id.to_string()));
        done.or_else(|| query.after.map(|id| Self::Id(id.to_string())))
    }

    fn row(query: &CallbackQuery, row: &CallbackRow) -> Self {
        match query.last_done_first {
            true => Self::Done(row.updated_at, row.id.clone()),
            false => Self::Id(row.id.clone()),
        }
    }
}

/// Returns the callbacks that match `query`: the longest waiting first, the newest, or the last done. Those whose rows can't be read are left out
/// and logged.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: CallbackQuery,
) -> Result<Vec<Callback>, StoreError> {
    let limit = usize::try_from(query.limit).unwrap_or_default();
    let mut after = After::of(&query);
    let mut found = Vec::new();
    loop {
        let rows = rows_after(connection, organization_id, &query, after)?;
        let is_end = rows.len() < limit;
        after = rows.last().map(|row| After::row(&query, row));
        found.extend(rows.into_iter().filter_map(readable));
        // A page is full unless it is the last one: pages follow until one is not.
        if is_end || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

fn readable(row: CallbackRow) -> Option<Callback> {
    let callback_id = row.id.clone();
    row.into_callback()
        .inspect_err(|error| tracing::error!(callback_id, %error, "a callback's row can't be read"))
        .ok()
}

/// The rows that match `query` and come after this one.
fn rows_after(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &CallbackQuery,
    after: Option<After>,
) -> Result<Vec<CallbackRow>, StoreError> {
    let mut found = callbacks::table
        .filter(callbacks::organization_id.eq(organization_id.to_string()))
        .limit(query.limit)
        .select(CallbackRow::as_select())
        .into_boxed();
    found = match (query.last_done_first, query.newest_first) {
        (true, _) => found.filter(is_done()).order((callbacks::updated_at.desc(), callbacks::id.desc())),
        (false, true) => found.order(callbacks::id.desc()),
        (false, false) => found.order(callbacks::id),
    };
    // The planner uses the index of those that are done only without another condition on the state.
    if let Some(state) = query.state.filter(|_| !query.last_done_first) {
        found = found.filter(callbacks::state.eq(word(state)));
    }
    if let Some(queue_id) = query.queue_id {
        found = found.filter(callbacks::queue_id.eq(queue_id.to_string()));
    }
    if let Some(user_id) = query.user_id {
        found = found.filter(callbacks::user_id.eq(user_id.to_string()));
    }
    found = match after {
        Some(After::Id(id)) if query.newest_first => found.filter(callbacks::id.lt(id)),
        Some(After::Id(id)) => found.filter(callbacks::id.gt(id)),
        Some(After::Done(at, id)) => {
            let is_earlier =
                callbacks::updated_at.lt(at).or(callbacks::updated_at.eq(at).and(callbacks::id.lt(id)));
            // Redundant, but SQLite needs it to start here instead of at the last one.
            found.filter(callbacks::updated_at.le(at)).filter(is_earlier)
        }
        None => found,
    };
    Ok(found.load(connection)?)
}

/// Tells whether a callback is done, worded as in its partial index.
fn is_done() -> SqlLiteral<Bool> {
    sql("callbacks.state = 'done'")
}

/// Returns the callback with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallbackId,
) -> Result<Option<Callback>, StoreError> {
    let row = callbacks::table
        .find(id.to_string())
        .filter(callbacks::organization_id.eq(organization_id.to_string()))
        .select(CallbackRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CallbackRow::into_callback).transpose()?)
}

/// Opens a call's callback again: somebody took the caller, and a queue that could not serve them later has noted the callback once more. One that is
/// not done stays as it is.
pub(super) fn reopen(connection: &mut Connection, again: &Callback) -> Result<(), StoreError> {
    let row = CallbackRow::new(again)?;
    let done = callbacks::table
        .filter(callbacks::organization_id.eq(row.organization_id))
        .filter(callbacks::call_id.eq(row.call_id))
        .filter(callbacks::state.eq(word(CallbackState::Done)));
    let opened = diesel::update(done)
        .set((
            callbacks::state.eq(word(CallbackState::Open)),
            callbacks::user_id.eq(None::<String>),
            callbacks::queue_id.eq(row.queue_id),
            callbacks::about.eq(row.about),
            callbacks::updated_at.eq(row.updated_at),
        ))
        .execute(connection)?;
    if opened > 0 {
        changes::note(again.organization_id, Thing::Callback, again.organization_id);
    }
    Ok(())
}

/// Adds a callback. A call has at most one: if it has one already, that one is returned unchanged.
pub fn insert(connection: &mut Connection, callback: &Callback) -> Result<Callback, StoreError> {
    let before = callbacks::table
        .filter(callbacks::organization_id.eq(callback.organization_id.to_string()))
        .filter(callbacks::call_id.eq(callback.call_id.to_string()))
        .select(CallbackRow::as_select())
        .first(connection)
        .optional()?;
    if let Some(before) = before {
        return Ok(before.into_callback()?);
    }
    diesel::insert_into(callbacks::table).values(CallbackRow::new(callback)?).execute(connection)?;
    changes::note(callback.organization_id, Thing::Callback, callback.id);
    Ok(callback.clone())
}

/// Claims an open callback for this user. Of two users who claim it at the same time one gets it, and the other learns who has it. A repeated claim
/// succeeds.
pub fn claim(
    connection: &mut Connection,
    (organization_id, id): (OrganizationId, CallbackId),
    user_id: UserId,
    at: UnixMs,
) -> Result<Result<Callback, CallbackRefused>, StoreError> {
    let open = of(organization_id, id).filter(callbacks::state.eq(word(CallbackState::Open)));
    diesel::update(open)
        .set((
            callbacks::state.eq(word(CallbackState::Claimed)),
            callbacks::user_id.eq(Some(user_id.to_string())),
            callbacks::updated_at.eq(at.to_utc().naive_utc()),
        ))
        .execute(connection)?;
    Ok(match find(connection, organization_id, id)? {
        None => Err(CallbackRefused::NoSuch),
        Some(Callback { state: CallbackState::Done, .. }) => Err(CallbackRefused::Done),
        Some(callback) => match callback.user_id {
            Some(by) if by != user_id => Err(CallbackRefused::Taken { by }),
            _ => Ok(callback),
        },
    })
}

/// Releases a callback. An open one stays open.
pub fn release(
    connection: &mut Connection,
    (organization_id, id): (OrganizationId, CallbackId),
    hand: CallbackHand,
    at: UnixMs,
) -> Result<Result<Callback, CallbackRefused>, StoreError> {
    let Some(callback) = find(connection, organization_id, id)? else {
        return Ok(Err(CallbackRefused::NoSuch));
    };
    match callback.state {
        CallbackState::Open => Ok(Ok(callback)),
        CallbackState::Done => Ok(Err(CallbackRefused::Done)),
        CallbackState::Claimed => match hand.stopped_by(&callback) {
            Some(by) => Ok(Err(CallbackRefused::Taken { by })),
            None => put(connection, callback, (CallbackState::Open, None, at)).map(Ok),
        },
    }
}

/// Marks a callback as done: the person was reached, or is not to be called any more. One that this user finished stays as it is.
pub fn finish(
    connection: &mut Connection,
    (organization_id, id): (OrganizationId, CallbackId),
    hand: CallbackHand,
    at: UnixMs,
) -> Result<Result<Callback, CallbackRefused>, StoreError> {
    let Some(callback) = find(connection, organization_id, id)? else {
        return Ok(Err(CallbackRefused::NoSuch));
    };
    if callback.state == CallbackState::Done {
        let is_theirs = hand.user_id.is_some() && hand.user_id == callback.user_id;
        return Ok(if is_theirs { Ok(callback) } else { Err(CallbackRefused::Done) });
    }
    if let Some(by) = hand.stopped_by(&callback) {
        return Ok(Err(CallbackRefused::Taken { by }));
    }
    let by = hand.user_id.or(callback.user_id);
    put(connection, callback, (CallbackState::Done, by, at)).map(Ok)
}

/// Runs inside a change, and changes run one at a time, so `callback` is still up to date.
fn put(
    connection: &mut Connection,
    callback: Callback,
    (state, user_id, at): (CallbackState, Option<UserId>, UnixMs),
) -> Result<Callback, StoreError> {
    let updated_at = callback.updated_at.next_change(at);
    diesel::update(of(callback.organization_id, callback.id))
        .set((
            callbacks::state.eq(word(state)),
            callbacks::user_id.eq(user_id.map(|id| id.to_string())),
            callbacks::updated_at.eq(updated_at.to_utc().naive_utc()),
        ))
        .execute(connection)?;
    Ok(Callback { state, user_id, updated_at, ..callback })
}

/// Applies an entry of a call's journal to the callback of that call. A caller who is connected to an agent later in the call needs no callback,
/// unless another user has claimed it already.
pub(super) fn of_entry(connection: &mut Connection, entry: &JournalEntry) -> Result<(), StoreError> {
    let of_call = || {
        callbacks::table
            .filter(callbacks::organization_id.eq(entry.organization_id.to_string()))
            .filter(callbacks::call_id.eq(entry.call_id.to_string()))
    };
    let becomes = |state: CallbackState, user_id: Option<UserId>| {
        (
            callbacks::state.eq(word(state)),
            callbacks::user_id.eq(user_id.map(|id| id.to_string())),
            callbacks::updated_at.eq(column(world::now().into())),
        )
    };
    let open = || callbacks::state.eq(word(CallbackState::Open));
    let changed = match &entry.event {
        Event::Decision(Decision::AgentJoined { user_id, .. }) => {
            let theirs = callbacks::state
                .eq(word(CallbackState::Claimed))
                .and(callbacks::user_id.eq(user_id.to_string()).assume_not_null());
            diesel::update(of_call().filter(open().or(theirs)))
                .set(becomes(CallbackState::Done, Some(*user_id)))
                .execute(connection)?
        }
        Event::Decision(Decision::HandoffBridged { .. }) => diesel::update(of_call().filter(open()))
            .set(becomes(CallbackState::Done, None))
            .execute(connection)?,
        _ => 0,
    };
    if changed > 0 {
        changes::note(entry.organization_id, Thing::Callback, entry.organization_id);
    }
    Ok(())
}

/// Releases the callbacks that a user has claimed who is removed, or may not sign in any more.
pub(super) fn release_all_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<(), StoreError> {
    let theirs = callbacks::table
        .filter(callbacks::organization_id.eq(organization_id.to_string()))
        .filter(callbacks::user_id.eq(user_id.to_string()))
        .filter(callbacks::state.eq(word(CallbackState::Claimed)));
    let opened = diesel::update(theirs)
        .set((
            callbacks::state.eq(word(CallbackState::Open)),
            callbacks::user_id.eq(None::<String>),
            callbacks::updated_at.eq(column(world::now().into())),
        ))
        .execute(connection)?;
    if opened > 0 {
        changes::note(organization_id, Thing::Callback, organization_id);
    }
    Ok(())
}

/// Releases callbacks that desks have claimed to call, while the process died before it began the call. Called at a start, when no desk is open.
/// Returns how many were released.
pub fn release_uncalled(connection: &mut Connection) -> Result<usize, StoreError> {
    let claimed: Vec<CallbackRow> = callbacks::table
        .filter(callbacks::state.eq(word(CallbackState::Claimed)))
        .select(CallbackRow::as_select())
        .load(connection)?;
    let mut released = 0;
    for callback in claimed.into_iter().filter_map(readable) {
        if let Some(user_id) = callback.user_id
            && is_uncalled(connection, &callback, user_id)?
        {
            let (organization_id, id, at) = (callback.organization_id, callback.id, world::now().into());
            put(connection, callback, (CallbackState::Open, None, at))?;
            let entry = ("callback.released", id.to_string(), String::new());
            audit::record_by_system(connection, organization_id, at, entry)?;
            released += 1;
        }
    }
    Ok(released)
}

/// Whether this user's desk has claimed the callback to call it, and no such call has begun.
fn is_uncalled(
    connection: &mut Connection,
    callback: &Callback,
    user_id: UserId,
) -> Result<bool, StoreError> {
    let detail: Option<String> = audit_log::table
        .filter(audit_log::organization_id.eq(callback.organization_id.to_string()))
        .filter(audit_log::actor.eq(AuditRow::column_of(&Actor::User(user_id))?))
        .filter(audit_log::action.eq("callback.claimed"))
        .filter(audit_log::subject.eq(callback.id.to_string()))
        .order(audit_log::id.desc())
        .select(audit_log::detail)
        .first(connection)
        .optional()?;
    if detail.as_deref() != Some(&*claimed_to_call(&callback.phone)) {
        return Ok(false);
    }
    let of_theirs = calls::table
        .filter(calls::organization_id.eq(callback.organization_id.to_string()))
        .filter(calls::direction.eq(Direction::Outbound.as_str()))
        .filter(calls::to_party.eq(callback.phone.to_string()))
        .filter(calls::started_at.ge(column(callback.updated_at)));
    let is_called: bool = select(exists(of_theirs)).get_result(connection)?;
    Ok(!is_called)
}

/// The detail of the audit entry of a claim whose callback is called at once.
pub fn claimed_to_call(phone: &E164) -> String {
    format!("to {phone}")
}

/// The callback with this id in this organization.
#[diesel::dsl::auto_type]
fn of(organization_id: OrganizationId, id: CallbackId) -> _ {
    let (id, organization_id): (String, String) = (id.to_string(), organization_id.to_string());
    callbacks::table.filter(callbacks::id.eq(id)).filter(callbacks::organization_id.eq(organization_id))
}

/// The word of a state in the column.
pub(super) const fn word(state: CallbackState) -> &'static str {
    match state {
        CallbackState::Open => "open",
        CallbackState::Claimed => "claimed",
        CallbackState::Done => "done",
    }
}
