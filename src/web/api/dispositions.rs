//! `/api/v1/dispositions`: the results that a call can have for the business; an agent chooses one in the wrap-up.

use actix_web::{HttpResponse, web};
use cordboard_schema::ids::DispositionId;

use super::choices::{ChoiceBody, ChoiceView, Choices, OrderBody};
use crate::web::WebState;
use crate::web::body::{Body, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;
use crate::web::revision::{self, IfMatch};

const ALL: Choices = Choices::Dispositions;

/// Lists the dispositions, in their order, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_dispositions",
    path = "/api/v1/dispositions",
    tag = "floor",
    responses((status = 200, description = "All dispositions", body = Page<ChoiceView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<ChoiceView>>, ApiError> {
    Ok(web::Json(ALL.list(&state, &caller).await?))
}

/// Shows a disposition.
#[utoipa::path(
    get,
    operation_id = "show_disposition",
    path = "/api/v1/dispositions/{id}",
    tag = "floor",
    params(("id" = DispositionId, Path, description = "The disposition")),
    responses(
        (status = 200, description = "The disposition; `ETag` is its revision", body = ChoiceView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such disposition"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<DispositionId>,
) -> Result<HttpResponse, ApiError> {
    Ok(ALL.show(&state, &caller, id.0).await?.shown())
}

/// Adds a disposition at the end.
#[utoipa::path(
    post,
    operation_id = "create_disposition",
    path = "/api/v1/dispositions",
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
    ALL.create(&state, caller, body.into_inner(), "/api/v1/dispositions").await
}

/// Renames a disposition.
#[utoipa::path(
    put,
    operation_id = "update_disposition",
    path = "/api/v1/dispositions/{id}",
    tag = "floor",
    params(("id" = DispositionId, Path, description = "The disposition"), IfMatch),
    request_body = ChoiceBody,
    responses(
        (status = 200, description = "Changed; `ETag` is the new revision", body = ChoiceView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such disposition"),
        (status = 409, description = revision::edited_meanwhile!("the name is taken (`name_taken`)")),
        (status = 422, description = "A value is invalid, for instance an empty name"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<DispositionId>,
    if_match: IfMatch,
    body: ThingBody<ChoiceBody>,
) -> Result<HttpResponse, ApiError> {
    Ok(ALL.rename(&state, caller, id.0, if_match, body.into_inner()).await?.shown())
}

/// Removes a disposition. Wrap-ups keep its name.
#[utoipa::path(
    delete,
    operation_id = "delete_disposition",
    path = "/api/v1/dispositions/{id}",
    tag = "floor",
    params(("id" = DispositionId, Path, description = "The disposition")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such disposition"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<DispositionId>,
) -> Result<HttpResponse, ApiError> {
    ALL.delete(&state, caller, id.0).await
}

/// Reorders the dispositions.
#[utoipa::path(
    put,
    operation_id = "order_dispositions",
    path = "/api/v1/dispositions/order",
    tag = "floor",
    request_body = OrderBody,
    responses(
        (status = 200, description = "All dispositions in their new order", body = Page<ChoiceView>),
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
