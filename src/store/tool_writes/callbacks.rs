//! Callbacks that a call requests by itself.

use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::CallbackRequest;
use cordboard_actors::world;
use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::{CallbackId, EffectId};
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::wrap_up::{Callback, CallbackState};
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::call_events;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::{ForCall, Outcome};
use crate::store::{Connection, StoreError, callbacks, customers, events, queues};

/// Adds the caller to the list of callbacks, once for each call. If the queue was deleted meanwhile, the caller is added without it.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    effect: EffectId,
    request: CallbackRequest,
) -> Result<Outcome, StoreError> {
    let CallbackRequest { queue_id, phone, about } = request;
    let queue_id = queues::find(connection, call.organization_id, queue_id)?.map(|queue| queue.id);
    let Some(caller) = KnownCaller::at(phone.clone(), &call.own) else {
        return Ok(Err("the number is one of our own: nobody could be called back at it".to_owned()));
    };
    let done = WriteDone { note: "the caller is on the list of callbacks".to_owned(), written: None };
    let noted = noted(connection, call, effect)?;
    if noted == Noted::Overtaken {
        return Ok(Ok(done));
    }
    let known = customers::known_as(connection, call.organization_id, &caller)?;
    let callback = Callback {
        id: CallbackId(world::new_id()),
        organization_id: call.organization_id,
        queue_id,
        call_id: call.call_id,
        customer_id: known.map(|customer| customer.id),
        phone,
        about,
        state: CallbackState::Open,
        user_id: None,
        created_at: call.at(),
        updated_at: call.at(),
    };
    if noted == Noted::Again {
        callbacks::reopen(connection, &callback)?;
    }
    callbacks::insert(connection, &callback)?;
    Ok(Ok(done))
}

/// The state by the call's journal of a callback that is to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noted {
    /// The call has noted it for the first time.
    First,
    /// It was noted before, and somebody has taken the caller in between.
    Again,
    /// Somebody has taken the caller since: it was not written in time, for example because the process died.
    Overtaken,
}

fn noted(connection: &mut Connection, call: &ForCall, effect: EffectId) -> Result<Noted, StoreError> {
    let (organization_id, call_id) = (call.organization_id, call.call_id);
    let all = events::journal_of_kind(connection, organization_id, call_id, "callback_noted")?;
    let is_this = |event: &Event| matches!(event, Event::Decision(Decision::CallbackNoted { effect: of, .. }) if *of == effect);
    let Some(at) = all.iter().position(|entry| is_this(&entry.event)) else { return Ok(Noted::First) };
    let seq = i64::try_from(all[at].seq).map_err(|fault| BadRow::new("call_events.seq", fault))?;
    let taken = call_events::table
        .filter(call_events::organization_id.eq(organization_id.to_string()))
        .filter(call_events::call_id.eq(call_id.to_string()))
        .filter(call_events::seq.gt(seq))
        .filter(call_events::kind.eq_any(["agent_joined", "handoff_bridged"]));
    let is_overtaken: bool = diesel::select(exists(taken)).get_result(connection)?;
    Ok(match is_overtaken {
        true => Noted::Overtaken,
        false if at > 0 => Noted::Again,
        false => Noted::First,
    })
}
