//! `/api/v1/presence-reasons`: reasons for which agents are away.

use actix_web::{HttpResponse, web};
use cordboard_schema::ids::PresenceReasonId;

use super::choices::{ChoiceBody, ChoiceView, Choices, OrderBody};
use crate::web::WebState;
use crate::web::body::{Body, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch};

const ALL: Choices = Choices::PresenceReasons;

/// Lists the reasons to be away, in their order, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_presence_reasons",
    path = "/api/v1/presence-reasons",
    tag = "floor",
    responses((status = 200, description = "All reasons to be away", body = Page<ChoiceView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<ChoiceView>>, ApiError> {
    Ok(web::Json(ALL.list(&state, &caller).await?))
}

/// Shows a reason.
#[utoipa::path(
    get,
    operation_id = "show_presence_reason",
    path = "/api/v1/presence-reasons/{id}",
    tag = "floor",
    params(("id" = PresenceReasonId, Path, description = "The reason")),
    responses(
        (status = 200, description = "The reason; `ETag` is its revision", body = ChoiceView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such reason"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<PresenceReasonId>,
) -> Result<HttpResponse, ApiError> {
    Ok(ALL.show(&state, &caller, id.0).await?.shown())
}

/// Adds a reason at the end.
#[utoipa::path(
    post,
    operation_id = "create_presence_reason",
    path = "/api/v1/presence-reasons",
    tag = "floor",
    request_body = ChoiceBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = ChoiceView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 409, description = "The name is taken (`name_taken`), or there are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance an empty name"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<ChoiceBody>,
) -> Result<HttpResponse, ApiError> {
    ALL.create(&state, caller, body.into_inner(), "/api/v1/presence-reasons").await
}

/// Renames a reason.
#[utoipa::path(
    put,
    operation_id = "update_presence_reason",
    path = "/api/v1/presence-reasons/{id}",
    tag = "floor",
    params(("id" = PresenceReasonId, Path, description = "The reason"), IfMatch),
    request_body = ChoiceBody,
    responses(
        (status = 200, description = "Changed; `ETag` is the new revision", body = ChoiceView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such reason"),
        (status = 409, description = revision::edited_meanwhile!("the name is taken (`name_taken`)")),
        (status = 422, description = "A value is invalid, for instance an empty name"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<PresenceReasonId>,
    if_match: IfMatch,
    body: ThingBody<ChoiceBody>,
) -> Result<HttpResponse, ApiError> {
    Ok(ALL.rename(&state, caller, id.0, if_match, body.into_inner()).await?.shown())
}

/// Removes a reason. Agents who are away for it stay away.
#[utoipa::path(
    delete,
    operation_id = "delete_presence_reason",
    path = "/api/v1/presence-reasons/{id}",
    tag = "floor",
    params(("id" = PresenceReasonId, Path, description = "The reason")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such reason"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<PresenceReasonId>,
) -> Result<HttpResponse, ApiError> {
    ALL.delete(&state, caller, id.0).await
}

/// Reorders the reasons to be away.
#[utoipa::path(
    put,
    operation_id = "order_presence_reasons",
    path = "/api/v1/presence-reasons/order",
    tag = "floor",
    request_body = OrderBody,
    responses(
        (status = 200, description = "All reasons to be away in their new order", body = Page<ChoiceView>),
        (status = 400, description = "The body is not a JSON object"),
        (status = 422, description = "Not each of them is named exactly once"),
    )
)]
pub(crate) async fn order(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<OrderBody>,
) -> Result<web::Json<Page<ChoiceView>>, ApiError> {
    Ok(web::Json(ALL.reorder(&state, caller, body.into_inner()).await?))
}
