//! `/api/v1/messages`: text messages, sent and received.

use actix_web::web;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::{CallId, CustomerId, MessageId};
use cordboard_schema::message::{Message, MessageStatus};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::store::{Connection, MessageQuery, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;

/// Which messages to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageList {
    /// Only those that go this way.
    direction: Option<Direction>,
    /// Only those that have come so far.
    status: Option<MessageStatus>,
    /// Only those from or to this customer.
    customer_id: Option<CustomerId>,
    /// Only those sent on this call.
    call_id: Option<CallId>,
    /// `next_cursor` of the page before.
    cursor: Option<MessageId>,
    /// Messages of a page, 1 to 200; 50 where it is left out.
    limit: Option<u32>,
}

/// Lists text messages, newest first.
#[utoipa::path(
    get,
    operation_id = "list_messages",
    path = "/api/v1/messages",
    tag = "messages",
    params(MessageList),
    responses(
        (status = 200, description = "A page of messages", body = Page<Message>),
        (status = 400, description = "A parameter is unknown or has a bad value"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    asked: web::Query<MessageList>,
) -> Result<web::Json<Page<Message>>, ApiError> {
    let MessageList { direction, status, customer_id, call_id, cursor, limit } = asked.into_inner();
    let limit = Limit::parse(limit)?;
    let wanted =
        MessageQuery { direction, status, customer_id, call_id, before: cursor, limit: limit.rows() };
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::messages(connection, organization_id, wanted);
    let messages = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(messages, |message| message.id.to_string())))
}
