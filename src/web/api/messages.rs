//! `/api/v1/messages`: text messages, sent and received.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::{CallId, CustomerId, MessageId};
use cordboard_schema::message::{Message, MessageStatus};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::store::{Connection, MessageQuery, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page, foreign_cursor, timed_cursor, timed_place};
use crate::web::problem::{ApiError, Fault};
use crate::web::query::Query;

const NO_SUCH: ApiError = ApiError::NotFound("message");

/// Query of the list of messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageList {
    /// Only those of this direction.
    direction: Option<Direction>,
    /// Only those with this status.
    status: Option<MessageStatus>,
    /// Only those from or to this customer.
    customer_id: Option<CustomerId>,
    /// Only those sent on this call.
    call_id: Option<CallId>,
    /// True: only those that are done. False: only those that are not.
    done: Option<bool>,
    /// True, with `direction=inbound` and `done=true`: the last done first.
    last_done_first: Option<bool>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Messages of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// Lists text messages, newest first, or with `last_done_first` incoming ones that are done, the last done first.
#[utoipa::path(
    get,
    operation_id = "list_messages",
    path = "/api/v1/messages",
    tag = "messages",
    params(MessageList),
    responses(
        (status = 200, description = "A page of messages", body = Page<Message>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<MessageList>,
) -> Result<web::Json<Page<Message>>, ApiError> {
    let MessageList { direction, status, customer_id, call_id, done, last_done_first, cursor, limit } =
        asked.into_inner();
    let limit = Limit::parse(limit)?;
    let last_done_first = last_done_first.unwrap_or_default();
    if last_done_first && (direction, done) != (Some(Direction::Inbound), Some(true)) {
        let reason = "`last_done_first` is for `direction=inbound` and `done=true`";
        return Err(ApiError::BadInput(reason.to_owned()));
    }
    let (before, done_after) = match cursor {
        Some(cursor) if last_done_first => {
            (None, Some(timed_place::<MessageId>(&cursor).ok_or_else(foreign_cursor)?))
        }
        Some(cursor) => (Some(cursor.parse::<MessageId>().map_err(|_| foreign_cursor())?), None),
        None => (None, None),
    };
    let wanted = MessageQuery {
        direction,
        status,
        customer_id,
        call_id,
        is_done: done,
        before,
        last_done_first,
        done_after,
        limit: limit.rows(),
    };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::messages(connection, organization_id, wanted);
    let messages = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(messages, |message: &Message| match message.done_at {
        Some(done_at) if last_done_first => timed_cursor(done_at, message.id),
        _ => message.id.to_string(),
    })))
}

/// Shows a text message.
#[utoipa::path(
    get,
    operation_id = "show_message",
    path = "/api/v1/messages/{id}",
    tag = "messages",
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 200, description = "The message", body = Message),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such message"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<MessageId>,
) -> Result<web::Json<Message>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let read = move |connection: &mut Connection| query::message(connection, organization_id, id);
    Ok(web::Json(state.store.reads().run(read).await?.ok_or(NO_SUCH)?))
}

/// New state of an incoming message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageChange {
    /// True: you have handled it. False: it is open again.
    done: bool,
}

/// Marks an incoming text message as done, or as open again.
#[utoipa::path(
    patch,
    operation_id = "update_message",
    path = "/api/v1/messages/{id}",
    tag = "messages",
    params(("id" = MessageId, Path, description = "The message")),
    request_body = MessageChange,
    responses(
        (status = 200, description = "Updated; the first user who handled it stays noted", body = Message),
        (status = 400, description = "The body is not JSON, or the id not a UUID"),
        (status = 404, description = "No such message"),
        (status = 422, description = "An outgoing message, which needs no handling"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<MessageId>,
    body: Body<MessageChange>,
) -> Result<web::Json<Message>, ApiError> {
    let MessageChange { done } = body.into_inner();
    let (organization_id, id, now) = (caller.organization_id, *id, world::now().into());
    let make = move |connection: &mut Connection| {
        let Some(mut message) = query::message(connection, organization_id, id)? else {
            return Ok(Err(NO_SUCH));
        };
        if message.direction != Direction::Inbound {
            return Ok(Err(ApiError::Invalid(vec![Fault::of("done", "is of a message that came in")])));
        }
        if message.done_at.is_some() != done {
            let by = done.then(|| (now, caller.user_id()));
            change::set_message_done(connection, &message, by)?;
            (message.done_at, message.done_by) = (by.map(|(at, _)| at), by.and_then(|(_, by)| by));
        }
        let detail = if done { "done" } else { "to be done again" };
        change::record_audit(connection, &caller.did("message.updated", id, detail))?;
        Ok(Ok(message))
    };
    Ok(web::Json(state.store.change(make).await??))
}
