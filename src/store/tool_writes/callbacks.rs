//! Callbacks that a call requests by itself.

use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::CallbackRequest;
use cordboard_actors::world;
use cordboard_schema::ids::CallbackId;
use cordboard_schema::known_caller::KnownCaller;
use cordboard_schema::wrap_up::{Callback, CallbackState};

use super::{ForCall, Outcome};
use crate::store::{Connection, StoreError, callbacks, customers, queues};

/// Adds the caller to the list of callbacks, once for each call. If the queue was deleted meanwhile, the caller is added without it.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    request: CallbackRequest,
) -> Result<Outcome, StoreError> {
    let CallbackRequest { queue_id, phone, about } = request;
    let queue_id = queues::find(connection, call.organization_id, queue_id)?.map(|queue| queue.id);
    let Some(caller) = KnownCaller::at(phone.clone(), &call.own) else {
        return Ok(Err("the number is one of our own: nobody could be called back at it".to_owned()));
    };
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
    callbacks::insert(connection, &callback)?;
    Ok(Ok(WriteDone { note: "the caller is on the list of callbacks".to_owned(), written: None }))
}
