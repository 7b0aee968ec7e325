//! `/api/v1/inbox`: how much is waiting to be handled.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::permission::Permission::{AppointmentsRead, FloorRead, MessagesRead};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Connection, Waiting, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// How much is waiting in the inbox. Items that you may not read are not counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InboxView {
    /// Callers to call back.
    callbacks: i64,
    /// Messages that callers left.
    messages: i64,
    /// Open to-dos.
    todos: i64,
    /// Overdue to-dos.
    overdue: i64,
    /// Incoming text messages.
    texts: i64,
    /// Items assigned to you: callbacks, messages and to-dos.
    mine: i64,
}

/// Counts the items that the inbox lists.
#[utoipa::path(
    get,
    operation_id = "count_inbox",
    path = "/api/v1/inbox",
    tag = "activities",
    responses((status = 200, description = "The counts", body = InboxView))
)]
pub(crate) async fn count(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<InboxView>, ApiError> {
    let (organization_id, user_id, now) = (caller.organization_id, caller.user_id(), world::now().into());
    let read = move |connection: &mut Connection| query::inbox(connection, organization_id, user_id, now);
    let Waiting { callbacks, own_callbacks, messages, todos, own_activities, overdue, texts } =
        state.store.reads().run(read).await?;
    let if_may = |permission, count| if caller.may(permission) { count } else { 0 };
    Ok(web::Json(InboxView {
        callbacks: if_may(FloorRead, callbacks),
        messages: if_may(AppointmentsRead, messages),
        todos: if_may(AppointmentsRead, todos),
        overdue: if_may(AppointmentsRead, overdue),
        texts: if_may(MessagesRead, texts),
        mine: if_may(FloorRead, own_callbacks) + if_may(AppointmentsRead, own_activities),
    }))
}
