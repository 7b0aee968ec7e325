//! Integrations, webhooks and notices.

use cordboard_schema::webhook::{EventKind, WebhookMessage};
use utoipa::OpenApi;

use crate::web::api::{
    custom_tool_trial, custom_tools, deliveries, hosted_agents, integrations, notices, voice_health, webhooks,
};

#[derive(OpenApi)]
#[openapi(
    paths(
        integrations::list,
        integrations::show,
        integrations::set,
        integrations::delete,
        integrations::try_it,
        integrations::check,
        hosted_agents::agents,
        hosted_agents::write_agent,
        hosted_agents::voices,
        voice_health::show,
        webhooks::list,
        webhooks::create,
        webhooks::show,
        webhooks::update,
        webhooks::delete,
        webhooks::roll_secret,
        deliveries::of_webhook,
        deliveries::redeliver,
        deliveries::test,
        deliveries::of_notices,
        notices::show,
        notices::set,
        notices::patch,
        custom_tools::list,
        custom_tools::create,
        custom_tools::show,
        custom_tools::update,
        custom_tools::delete,
        custom_tool_trial::try_it,
    ),
    components(schemas(WebhookMessage, EventKind)),
    tags(
        (name = "integrations", description = "Accounts at other services"),
        (name = "webhooks", description = "Notifications of programs and people, and their results"),
    )
)]
pub(super) struct Outside;
