//! `/api/v1/webhooks`: the recipients of an organization's events. A webhook's secret is shown only when it is made.

use std::collections::BTreeSet;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use cordboard_actors::world;
use cordboard_schema::ids::WebhookId;
use cordboard_schema::limits::WEBHOOKS_MAX;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::webhook::{EventKind, Webhook};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::outbox;
use crate::store::{Connection, Made, change, host_of_webhook, query};
use crate::web::WebState;
use crate::web::body::{ReadOnly, ThingBody};
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

pub(super) const NO_SUCH: ApiError = ApiError::NotFound("webhook");

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    id: WebhookId,
    /// The address to which events are sent.
    url: String,
    /// The events that it gets.
    events: Vec<EventKind>,
    /// Whether events are sent to it.
    enabled: bool,
    /// Since when deliveries fail, if the last attempt failed.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<UnixMs>,
    /// Why Cordboard switched it off; null if it did not.
    off_reason: Option<String>,
    /// When it was created.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: UnixMs,
    /// Revision of what can be changed: a new value after each change. Deliveries and a new signing secret don't change it.
    revision: String,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, url, events, enabled, failing_since, off_reason, created_at, .. } = webhook;
        let revision = revision::of(&(&url, &events, enabled));
        Self { id, url, events, enabled, failing_since, off_reason, created_at, revision }
    }
}

impl Revised for WebhookView {
    const WHAT: &'static str = "webhook";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// A webhook and its secret, which is shown only once.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: WebhookView,
    /// The signing secret, `whsec_` and base64 of the key.
    secret: String,
}

/// Definition of a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookBody {
    /// The address to which events are sent: https, on the public internet.
    #[schema(max_length = 2048, example = "https://example.com/cordboard")]
    url: String,
    /// The events that it gets; at least one.
    #[schema(min_items = 1)]
    events: Vec<EventKind>,
    /// Whether events are sent to it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl ReadOnly for WebhookBody {
    const NAMES: &'static [&'static str] = &["id", "failing_since", "off_reason", "created_at"];
}

const fn yes() -> bool {
    true
}

/// Lists the webhooks, oldest first, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_webhooks",
    path = "/api/v1/webhooks",
    tag = "webhooks",
    responses((status = 200, description = "All webhooks", body = Page<WebhookView>))
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<WebhookView>>, ApiError> {
    let organization_id = caller.organization_id;
    let webhooks =
        state.store.reads().run(move |connection| query::webhooks(connection, organization_id)).await?;
    Ok(web::Json(Page::whole(webhooks.into_iter().map(WebhookView::from).collect())))
}

/// Shows a webhook.
#[utoipa::path(
    get,
    operation_id = "show_webhook",
    path = "/api/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 200, description = "The webhook", body = WebhookView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such webhook"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<WebhookId>,
) -> Result<web::Json<WebhookView>, ApiError> {
    Ok(web::Json(find(&state, &caller, *id).await?.into()))
}

/// The organization's webhook of that id.
pub(super) async fn find(state: &WebState, caller: &Caller, id: WebhookId) -> Result<Webhook, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::webhook(connection, organization_id, id);
    state.store.reads().run(read).await?.ok_or(NO_SUCH)
}

/// Adds a webhook for events that the user may read. The answer has its signing secret, which is shown only once.
#[utoipa::path(
    post,
    operation_id = "create_webhook",
    path = "/api/v1/webhooks",
    tag = "webhooks",
    request_body = WebhookBody,
    responses(
        (status = 201, description = "Created; `Location` has its address", body = WebhookWithSecret),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The user or token may not change webhooks, or may not read the data of an event (`forbidden`)"),
        (status = 409, description = "There are too many (`too_many`)"),
        (status = 422, description = "A value is invalid, for instance an address that is not on the public internet"),
    )
)]
pub(crate) async fn create(
    state: web::Data<WebState>,
    caller: Caller,
    body: ThingBody<WebhookBody>,
) -> Result<HttpResponse, ApiError> {
    let WebhookBody { events, enabled, .. } = &*body;
    may_read_events(&caller, events)?;
    let (url, events) = (checked(&state, &body)?, distinct(events));
    let (id, secret) = (WebhookId(world::new_id()), outbox::new_secret());
    let webhook = Webhook {
        id,
        organization_id: caller.organization_id,
        url: url.to_string(),
        events,
        secret: state.outside.secrets.seal(&Webhook::seal_context(id), secret.as_bytes()),
        enabled: *enabled,
        failing_since: None,
        off_reason: None,
        created_at: world::now().into(),
    };
    let maker = caller.maker();
    let (made, entry) = (webhook.clone(), caller.did("webhook.created", id, host_of_webhook(&webhook.url)));
    let make = move |connection: &mut Connection| {
        let is_room = change::create_webhook(connection, &made)?;
        if is_room {
            change::note_maker(connection, made.organization_id, Made::Webhook(made.id), maker)?;
            change::record_audit(connection, &entry)?;
        }
        Ok(is_room)
    };
    if !state.store.change_or_refuse(make).await? {
        let detail = format!("an organization has {WEBHOOKS_MAX} webhooks at most");
        return Err(ApiError::conflict("too_many", detail));
    }
    let location = format!("/api/v1/webhooks/{id}");
    let shown = WebhookWithSecret { webhook: webhook.into(), secret };
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(shown))
}

/// Changes a webhook. The body replaces its previous definition. When it is switched on again or gets another address, its failures are forgotten.
#[utoipa::path(
    put,
    operation_id = "update_webhook",
    path = "/api/v1/webhooks/{id}",
    tag = "webhooks",
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        IfMatch,
    ),
    request_body = WebhookBody,
    responses(
        (status = 200, description = "Changed", body = WebhookView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 403, description = "The user or token may not change webhooks, or may not read the data of an event that the webhook got before, gets from now on, or has waiting (`forbidden`)"),
        (status = 404, description = "No such webhook"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance an address that is not on the public internet"),
    )
)]
pub(crate) async fn update(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<WebhookId>,
    if_match: IfMatch,
    body: ThingBody<WebhookBody>,
) -> Result<web::Json<WebhookView>, ApiError> {
    let asked = if_match.or(body.revision.clone());
    may_read_events(&caller, &body.events)?;
    let (url, events, enabled) = (checked(&state, &body)?, distinct(&body.events), body.enabled);
    let (organization_id, id) = (caller.organization_id, *id);
    let entry = caller.did("webhook.changed", id, host_of_webhook(url.as_str()));
    let make = move |connection: &mut Connection| {
        let Some(before) = query::webhook(connection, organization_id, id)? else { return Ok(Ok(None)) };
        if let Err(late) = asked.demand(&WebhookView::from(before.clone())) {
            return Ok(Err(late));
        }
        // Its waiting events would go to another address, also those of kinds that it no longer gets.
        let waiting = query::kinds_waiting_for_webhook(connection, organization_id, id)?;
        let kinds: Vec<EventKind> = before.events.iter().copied().chain(waiting).collect();
        if let Err(error) = may_read_events(&caller, &kinds) {
            return Ok(Err(error));
        }
        let is_afresh = (enabled && !before.enabled) || url.as_str() != before.url;
        let after = Webhook {
            url: url.to_string(),
            events,
            enabled,
            failing_since: before.failing_since.filter(|_| !is_afresh),
            off_reason: before.off_reason.clone().filter(|_| !enabled),
            ..before
        };
        change::update_webhook(connection, &after)?;
        change::record_audit(connection, &entry)?;
        Ok(Ok(Some(after)))
    };
    let changed = state.store.change(make).await??.ok_or(NO_SUCH)?;
    Ok(web::Json(changed.into()))
}

/// Gives a webhook a new signing secret, which is shown only once. The previous one is no longer used.
#[utoipa::path(
    post,
    operation_id = "roll_webhook_secret",
    path = "/api/v1/webhooks/{id}/secret",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 200, description = "The webhook and its new secret", body = WebhookWithSecret),
        (status = 403, description = "The permission is missing, or one for the data of its events (`forbidden`)"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such webhook"),
    )
)]
pub(crate) async fn roll_secret(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<WebhookId>,
) -> Result<web::Json<WebhookWithSecret>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let secret = outbox::new_secret();
    let sealed = state.outside.secrets.seal(&Webhook::seal_context(id), secret.as_bytes());
    let entry = caller.did("webhook.secret_rolled", id, "");
    let asker = caller.clone();
    let make = move |connection: &mut Connection| {
        let Some(before) = query::webhook(connection, organization_id, id)? else { return Ok(Err(NO_SUCH)) };
        if let Err(refused) = may_read_events(&asker, &before.events) {
            return Ok(Err(refused));
        }
        let after = Webhook { secret: sealed, ..before };
        change::update_webhook(connection, &after)?;
        change::record_audit(connection, &entry)?;
        Ok(Ok(after))
    };
    let webhook = state.store.change_or_refuse(make).await??.into();
    Ok(web::Json(WebhookWithSecret { webhook, secret }))
}

/// Removes a webhook and its deliveries.
#[utoipa::path(
    delete,
    operation_id = "delete_webhook",
    path = "/api/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such webhook"),
    )
)]
pub(crate) async fn delete(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<WebhookId>,
) -> Result<HttpResponse, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let entry = caller.did("webhook.deleted", id, "");
    let remove = move |connection: &mut Connection| {
        let removed = change::delete_webhook(connection, organization_id, id)?;
        if removed {
            change::record_audit(connection, &entry)?;
        }
        Ok(removed)
    };
    match state.store.change(remove).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(NO_SUCH),
    }
}

/// Refuses callers of the API who may not read what these events contain.
pub(super) fn may_read_events(caller: &Caller, events: &[EventKind]) -> Result<(), ApiError> {
    events.iter().try_for_each(|event| caller.demand(event.permission()))
}

/// Returns the address of a body, or all its faults.
fn checked(state: &WebState, body: &WebhookBody) -> Result<Url, ApiError> {
    let mut faults = Vec::new();
    if body.events.is_empty() {
        faults.push(Fault::of("events", "must name one event at least"));
    }
    match state.outside.http.address(&body.url) {
        Ok(url) if faults.is_empty() => return Ok(url),
        Ok(_) => {}
        Err(bad) => faults.push(Fault::of("url", bad.to_string())),
    }
    Err(ApiError::Invalid(faults))
}

fn distinct(events: &[EventKind]) -> Vec<EventKind> {
    events.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}
