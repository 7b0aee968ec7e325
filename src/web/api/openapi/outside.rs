//! Integrations, webhooks and notices.

use cordboard_schema::webhook::{EventKind, WebhookMessage};
use utoipa::OpenApi;

use crate::web::api::{custom_tools, deliveries, integrations, notices, webhooks};

#[derive(OpenApi)]
#[openapi(
    paths(
        integrations::list,
        integrations::show,
        integrations::set,
        integrations::delete,
        integrations::try_it,
        integrations::check,
        webhooks::list,
        webhooks::create,
        webhooks::show,
        webhooks::update,
        webhooks::delete,
        webhooks::roll_secret,
        deliveries::of_webhook,
        deliveries::redeliver,
        deliveries::of_notices,
        notices::show,
        notices::set,
        custom_tools::list,
        custom_tools::create,
        custom_tools::show,
        custom_tools::update,
        custom_tools::delete,
    ),
    components(schemas(WebhookMessage, EventKind)),
    tags(
        (name = "integrations", description = "Accounts at other services"),
        (name = "webhooks", description = "What programs and people are told, and what became of it"),
    )
)]
pub(super) struct Outside;
