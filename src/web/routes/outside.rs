//! Integrations, webhooks and notices.

use actix_web::web::{delete, get, patch, post, put};
use cordboard_schema::permission::Permission::{
    IntegrationsRead, IntegrationsWrite, ProfilesRead, ProfilesWrite,
};

use super::{Endpoints, Gate};
use crate::web::api::{
    custom_tool_trial, custom_tools, deliveries, hosted_agents, integrations, notices, voice_health, webhooks,
};

const OUTSIDE: Gate = Gate::Api(IntegrationsRead, IntegrationsWrite);
const TOOLS: Gate = Gate::Api(ProfilesRead, ProfilesWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(OUTSIDE, "/api/v1/integrations", "GET", |at| at.route(get().to(integrations::list)));
    all.at(OUTSIDE, "/api/v1/integrations/{kind}", "GET, PUT, DELETE", |at| {
        at.route(get().to(integrations::show))
            .route(put().to(integrations::set))
            .route(delete().to(integrations::delete))
    });
    all.at(OUTSIDE, "/api/v1/integrations/{kind}/test", "POST", |at| {
        at.route(post().to(integrations::try_it))
    });
    all.at(OUTSIDE, "/api/v1/integrations/{kind}/check", "POST", |at| {
        at.route(post().to(integrations::check))
    });
    all.at(OUTSIDE, "/api/v1/integrations/elevenlabs/agents", "GET, POST", |at| {
        at.route(get().to(hosted_agents::agents)).route(post().to(hosted_agents::write_agent))
    });
    all.at(OUTSIDE, "/api/v1/integrations/elevenlabs/voices", "GET", |at| {
        at.route(get().to(hosted_agents::voices))
    });
    all.at(OUTSIDE, "/api/v1/voices/health", "GET", |at| at.route(get().to(voice_health::show)));
    all.at(OUTSIDE, "/api/v1/webhooks", "GET, POST", |at| {
        at.route(get().to(webhooks::list)).route(post().to(webhooks::create))
    });
    all.at(OUTSIDE, "/api/v1/webhooks/{id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(webhooks::show))
            .route(put().to(webhooks::update))
            .route(delete().to(webhooks::delete))
    });
    all.at(OUTSIDE, "/api/v1/webhooks/{id}/secret", "POST", |at| at.route(post().to(webhooks::roll_secret)));
    all.at(OUTSIDE, "/api/v1/webhooks/{id}/test", "POST", |at| at.route(post().to(deliveries::test)));
    all.at(OUTSIDE, "/api/v1/webhooks/{id}/deliveries", "GET", |at| {
        at.route(get().to(deliveries::of_webhook))
    });
    all.at(OUTSIDE, "/api/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver", "POST", |at| {
        at.route(post().to(deliveries::redeliver))
    });
    all.at(OUTSIDE, "/api/v1/notices", "GET, PATCH, PUT", |at| {
        at.route(get().to(notices::show)).route(patch().to(notices::patch)).route(put().to(notices::set))
    });
    all.at(OUTSIDE, "/api/v1/notices/deliveries", "GET", |at| at.route(get().to(deliveries::of_notices)));
    all.at(TOOLS, "/api/v1/agent-profiles/{id}/tools", "GET, POST", |at| {
        at.route(get().to(custom_tools::list)).route(post().to(custom_tools::create))
    });
    all.at(TOOLS, "/api/v1/agent-profiles/{id}/tools/{tool_id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(custom_tools::show))
            .route(put().to(custom_tools::update))
            .route(delete().to(custom_tools::delete))
    });
    all.at(TOOLS, "/api/v1/agent-profiles/{id}/tools/{tool_id}/try", "POST", |at| {
        at.route(post().to(custom_tool_trial::try_it))
    });
}
