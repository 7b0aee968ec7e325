//! Callers who are to be called back, and who sees to it.

use cordboard_actors::world;
use cordboard_schema::changed::Thing;
use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::ids::{CallbackId, OrganizationId, QueueId, UserId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::{Callback, CallbackState};
use cordboard_tables::rows::CallbackRow;
use cordboard_tables::tables::callbacks;
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError, changes};

/// Selection of callbacks. `None` narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct CallbackQuery {
    /// Only those in this state.
    pub state: Option<CallbackState>,
    /// Only those of callers who waited in this queue.
    pub queue_id: Option<QueueId>,
    /// Only those that this user sees to, or has seen to.
    pub user_id: Option<UserId>,
    /// Only those asked for after this one.
    pub after: Option<CallbackId>,
    /// At most so many.
    pub limit: i64,
}

/// Why a callback is not this user's to see to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefused {
    /// The organization has none of that id.
    #[error("there is no such callback")]
    NoSuch,
    /// Somebody else sees to it.
    #[error("somebody else sees to this callback")]
    Taken {
        /// The other user.
        by: UserId,
    },
    /// It is over.
    #[error("this callback is done")]
    Done,
}

/// The user who wants to do something with a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackHand {
    /// The user, where it is one.
    pub user_id: Option<UserId>,
    /// Whether what somebody else sees to is theirs to decide, too.
    pub over_others: bool,
}

impl CallbackHand {
    /// The user who keeps them from it.
    fn stopped_by(self, callback: &Callback) -> Option<UserId> {
        callback.user_id.filter(|by| !self.over_others && self.user_id != Some(*by))
    }
}

/// Callbacks that fit `query`: who has waited longest comes first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: CallbackQuery,
) -> Result<Vec<Callback>, StoreError> {
    let mut found = callbacks::table
        .filter(callbacks::organization_id.eq(organization_id.to_string()))
        .order(callbacks::id)
        .limit(query.limit)
        .select(CallbackRow::as_select())
        .into_boxed();
    if let Some(state) = query.state {
        found = found.filter(callbacks::state.eq(word(state)));
    }
    if let Some(queue_id) = query.queue_id {
        found = found.filter(callbacks::queue_id.eq(queue_id.to_string()));
    }
    if let Some(user_id) = query.user_id {
        found = found.filter(callbacks::user_id.eq(user_id.to_string()));
    }
    if let Some(after) = query.after {
        found = found.filter(callbacks::id.gt(after.to_string()));
    }
    Ok(found.load(connection)?.into_iter().map(CallbackRow::into_callback).collect::<Result<_, _>>()?)
}

/// The callback of that id.
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

/// Adds a callback. A call has one at most: where it has one, that one stands as it is and is the answer.
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

/// Has this user see to a callback that nobody sees to. Of two who want it at the same time one gets it, and the other is informed
/// who has it; who has it already, has it.
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

/// Has nobody see to a callback any more; one that is open stays so.
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

/// Notes that somebody was reached, or is not to be called any more. One that this user has finished stays as it is.
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

/// In a change, which no other one is beside: what was read still is.
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

/// Notes what an entry of a call's journal says of the callback that the call has noted: a caller whom somebody takes later in it is called back
/// no more, unless somebody else sees to that already. Where nobody takes them at their next request, they are on the list again: a
/// call notes one callback, and its assistant goes on promising it.
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
        Event::Decision(Decision::HandoffAbandoned { failure, .. })
            if *failure != HandoffFailure::CallerLeft =>
        {
            let done = callbacks::state.eq(word(CallbackState::Done));
            diesel::update(of_call().filter(done))
                .set(becomes(CallbackState::Open, None))
                .execute(connection)?
        }
        _ => 0,
    };
    if changed > 0 {
        changes::note(entry.organization_id, Thing::Callback, entry.organization_id);
    }
    Ok(())
}

/// Opens what a user sees to who is removed, or may not sign in any more.
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

/// This callback of this organization.
#[diesel::dsl::auto_type]
fn of(organization_id: OrganizationId, id: CallbackId) -> _ {
    let (id, organization_id): (String, String) = (id.to_string(), organization_id.to_string());
    callbacks::table.filter(callbacks::id.eq(id)).filter(callbacks::organization_id.eq(organization_id))
}

/// How rows say it.
pub(super) const fn word(state: CallbackState) -> &'static str {
    match state {
        CallbackState::Open => "open",
        CallbackState::Claimed => "claimed",
        CallbackState::Done => "done",
    }
}
