//! Deliveries to webhooks and people, and their results.

use actix_web::web;
use cordboard_actors::world;
use cordboard_schema::delivery::Delivery;
use cordboard_schema::ids::{DeliveryId, WebhookId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::webhooks;
use crate::store::{Connection, DeliveryQuery, NotRedelivered, change, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::{Limit, Page};
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Query of the list of deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryList {
    /// Deliveries of a page, 1 to 200; 50 if left out.
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<DeliveryId>,
}

/// Lists the deliveries to a webhook, newest first; they are kept for thirty days.
#[utoipa::path(
    get,
    operation_id = "list_webhook_deliveries",
    path = "/api/v1/webhooks/{id}/deliveries",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook"), DeliveryList),
    responses(
        (status = 200, description = "A page of deliveries", body = Page<Delivery>),
        (status = 400, description = "The id is not a UUID, or a parameter is unknown or invalid"),
        (status = 404, description = "No such webhook"),
    )
)]
pub(crate) async fn of_webhook(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<WebhookId>,
    asked: Query<DeliveryList>,
) -> Result<web::Json<Page<Delivery>>, ApiError> {
    let webhook = webhooks::find(&state, &caller, *id).await?;
    listed(&state, &caller, Some(webhook.id), &asked).await
}

/// Lists the deliveries to people by e-mail and text message, newest first; they are kept for thirty days.
#[utoipa::path(
    get,
    operation_id = "list_notice_deliveries",
    path = "/api/v1/notices/deliveries",
    tag = "webhooks",
    params(DeliveryList),
    responses(
        (status = 200, description = "A page of deliveries", body = Page<Delivery>),
        (status = 400, description = "A parameter is unknown or invalid"),
    )
)]
pub(crate) async fn of_notices(
    state: web::Data<WebState>,
    caller: Caller,
    asked: Query<DeliveryList>,
) -> Result<web::Json<Page<Delivery>>, ApiError> {
    listed(&state, &caller, None, &asked).await
}

async fn listed(
    state: &WebState,
    caller: &Caller,
    webhook_id: Option<WebhookId>,
    asked: &DeliveryList,
) -> Result<web::Json<Page<Delivery>>, ApiError> {
    let limit = Limit::parse(asked.limit)?;
    let (organization_id, before) = (caller.organization_id, asked.cursor);
    let wanted = DeliveryQuery { webhook_id, before, limit: limit.rows() };
    let read = move |connection: &mut Connection| query::deliveries(connection, organization_id, wanted);
    let found = state.store.reads().run(read).await?;
    Ok(web::Json(limit.page(found, |delivery| delivery.id.to_string())))
}

/// Sends a delivery to a webhook again, whether it succeeded or failed: the same body with the same id. It is tried at once and then for a day, with
/// the pauses of a new one.
#[utoipa::path(
    post,
    operation_id = "redeliver",
    path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver",
    tag = "webhooks",
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        ("delivery_id" = DeliveryId, Path, description = "The delivery"),
    ),
    responses(
        (status = 202, description = "It is tried again", body = Delivery),
        (status = 400, description = "An id is not a UUID"),
        (status = 403, description = "The permission is missing, or the one to read the event (`forbidden`)"),
        (status = 404, description = "No such webhook, or it has no such delivery"),
        (status = 409, description = "The webhook is switched off (`switched_off`)"),
        (status = 503, description = "Too many deliveries are waiting"),
    )
)]
pub(crate) async fn redeliver(
    state: web::Data<WebState>,
    caller: Caller,
    ids: web::Path<(WebhookId, DeliveryId)>,
) -> Result<actix_web::HttpResponse, ApiError> {
    let (webhook_id, id) = *ids;
    let organization_id = caller.organization_id;
    if !webhooks::find(&state, &caller, webhook_id).await?.enabled {
        return Err(ApiError::conflict("switched_off", "the webhook is switched off: switch it on first"));
    }
    let entry = caller.did("webhook.redelivered", webhook_id, id);
    let make = move |connection: &mut Connection| {
        // It goes to the present address, and may be of a kind that the webhook no longer gets.
        let kind = query::kind_of_delivery(connection, organization_id, webhook_id, id)?;
        if let Err(refused) = webhooks::may_read_events(&caller, kind.as_slice()) {
            return Ok(Err(refused));
        }
        let delivery = match change::redeliver(connection, organization_id, webhook_id, id)? {
            Ok(delivery) => delivery,
            Err(NotRedelivered::Unknown) => return Ok(Err(ApiError::NotFound("delivery"))),
            Err(NotRedelivered::Full) => return Ok(Err(full())),
        };
        change::record_audit(connection, &entry)?;
        Ok(Ok(delivery))
    };
    let delivery = state.store.change(make).await??;
    Ok(actix_web::HttpResponse::Accepted().json(delivery))
}

/// Sends a test event to a webhook: `webhook.test`, signed and delivered as any other, but tried once.
/// Its delivery shows the result.
#[utoipa::path(
    post,
    operation_id = "test_webhook",
    path = "/api/v1/webhooks/{id}/test",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 202, description = "It is on its way", body = Delivery),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such webhook"),
        (status = 409, description = "The webhook is switched off (`switched_off`)"),
        (status = 503, description = "Too many deliveries are waiting"),
    )
)]
pub(crate) async fn test(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<WebhookId>,
) -> Result<actix_web::HttpResponse, ApiError> {
    let webhook = webhooks::find(&state, &caller, *id).await?;
    if !webhook.enabled {
        return Err(ApiError::conflict("switched_off", "the webhook is switched off: switch it on first"));
    }
    let (entry, now) = (caller.did("webhook.tested", webhook.id, ""), world::now().into());
    let make = move |connection: &mut Connection| {
        let delivery = change::test_webhook(connection, &webhook, now)?;
        if delivery.is_some() {
            change::record_audit(connection, &entry)?;
        }
        Ok(delivery)
    };
    let delivery = state.store.change(make).await?.ok_or_else(full)?;
    Ok(actix_web::HttpResponse::Accepted().json(delivery))
}

fn full() -> ApiError {
    ApiError::Unavailable("too many deliveries are waiting: try again later".to_owned())
}
