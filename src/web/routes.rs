//! Which path leads where, and who may go there.

use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Scope};
use cordboard_schema::limits::{HTTP_BODY_BYTES_MAX, HTTP_PROFILE_BYTES_MAX};

use super::api::{
    activities, actors, admin, audio_ports, calls, commands, dial_policy, dialplan, dtmf_actions, extensions,
    journal, openapi, outbound, profiles, recording, switches,
};
#[cfg(feature = "pages")]
use super::pages;
use super::problem::{ApiError, bad_body};
use super::socket::{control, twilio as stream};
use super::webhook::twilio;
use super::{gate, health, live, metrics, session};

/// What stands before the paths that only the admin token or a session opens.
const API: &str = "/api/v1";

/// Who may go to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Everybody.
    Open,
    /// Who is on this machine, or has the admin token or a session.
    Local,
    /// Who has the dialplan token.
    Dialplan,
    /// Who has the admin token or a session. Its paths begin with [`API`].
    Admin,
    /// As [`Gate::Admin`], for WebSockets: a session's page must be of this site.
    Socket,
}

/// A resource of the API.
struct Endpoint {
    path: &'static str,
    /// The methods that it answers, as the header `Allow` names them.
    allowed: &'static str,
    gate: Gate,
    resource: Resource,
}

/// Every resource: the one list of them, from which the router is made and with which the document is compared.
fn endpoints() -> Vec<Endpoint> {
    use web::{delete, get, head, post, put};
    let mut all = Vec::new();
    let mut at = |gate, path, allowed, routes: &dyn Fn(Resource) -> Resource| {
        all.push(Endpoint { path, allowed, gate, resource: routes(resource(gate, path, allowed)) });
    };

    at(Gate::Open, "/healthz", "GET", &|at| {
        at.route(get().to(health::healthz)).route(head().to(health::healthz))
    });
    at(Gate::Open, "/readyz", "GET", &|at| {
        at.route(get().to(health::readyz)).route(head().to(health::readyz))
    });
    at(Gate::Local, "/metrics", "GET", &|at| at.route(get().to(metrics::metrics)));
    at(Gate::Open, "/api/openapi.json", "GET", &|at| at.route(get().to(openapi::document)));
    at(Gate::Open, "/api/asyncapi.json", "GET", &|at| at.route(get().to(control::document)));
    at(Gate::Socket, "/ws/control", "GET", &|at| at.route(get().to(control::control)));
    at(Gate::Open, "/api/v1/auth/session", "GET, POST, DELETE", &|at| {
        at.route(get().to(session::show))
            .route(post().to(session::sign_in))
            .route(delete().to(session::sign_out))
    });

    at(Gate::Dialplan, "/api/v1/calls/expect", "GET, POST", &|at| {
        at.route(get().to(dialplan::expect)).route(post().to(dialplan::expect_posted))
    });
    at(Gate::Dialplan, "/api/v1/calls/{uuid}/next", "GET", &|at| at.route(get().to(dialplan::next)));

    at(Gate::Dialplan, "/api/v1/audio-ports", "GET, POST", &|at| {
        at.route(get().to(audio_ports::list)).route(post().to(audio_ports::lease))
    });
    at(Gate::Dialplan, "/api/v1/audio-ports/{port}", "DELETE", &|at| {
        at.route(delete().to(audio_ports::give_back))
    });

    // Who asks is shown by a signature over the whole request, which each of them checks before anything else.
    at(Gate::Open, "/twilio/voice", "POST", &|at| at.route(post().to(twilio::voice)));
    at(Gate::Open, "/twilio/next", "POST", &|at| at.route(post().to(twilio::next)));
    at(Gate::Open, "/twilio/status", "POST", &|at| at.route(post().to(twilio::status)));
    at(Gate::Open, "/call", "GET", &|at| at.route(get().to(stream::call)));

    at(Gate::Admin, "/api/v1/calls", "GET, POST", &|at| {
        at.route(get().to(calls::list)).route(post().to(outbound::create))
    });
    at(Gate::Admin, "/api/v1/calls/{id}", "GET", &|at| at.route(get().to(calls::show)));
    at(Gate::Admin, "/api/v1/calls/{id}/say", "POST", &|at| at.route(post().to(commands::say)));
    at(Gate::Admin, "/api/v1/calls/{id}/dtmf", "POST", &|at| at.route(post().to(commands::dtmf)));
    at(Gate::Admin, "/api/v1/calls/{id}/hold", "POST", &|at| at.route(post().to(commands::hold)));
    at(Gate::Admin, "/api/v1/calls/{id}/park", "POST", &|at| at.route(post().to(commands::park)));
    at(Gate::Admin, "/api/v1/calls/{id}/variables", "POST", &|at| at.route(post().to(commands::variables)));
    at(Gate::Admin, "/api/v1/calls/{id}/unhold", "POST", &|at| at.route(post().to(commands::unhold)));
    at(Gate::Admin, "/api/v1/calls/{id}/transfer", "POST", &|at| at.route(post().to(commands::transfer)));
    at(Gate::Admin, "/api/v1/calls/{id}/handoff", "POST", &|at| at.route(post().to(commands::handoff)));
    at(Gate::Admin, "/api/v1/calls/{id}/hangup", "POST", &|at| at.route(post().to(commands::hangup)));
    at(Gate::Admin, "/api/v1/calls/{id}/events", "GET", &|at| at.route(get().to(journal::events)));
    at(Gate::Admin, "/api/v1/calls/{id}/transcript", "GET", &|at| at.route(get().to(journal::transcript)));
    at(Gate::Admin, "/api/v1/calls/{id}/recording", "GET", &|at| {
        at.route(get().to(recording::recording)).route(head().to(recording::recording))
    });
    at(Gate::Admin, "/api/v1/live", "GET", &|at| at.route(get().to(live::live)));
    at(Gate::Admin, "/api/v1/activities", "GET", &|at| at.route(get().to(activities::list)));
    at(Gate::Admin, "/api/v1/agent-profiles", "GET, POST", &|at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(profiles::list))
            .route(post().to(profiles::create))
    });
    at(Gate::Admin, "/api/v1/agent-profiles/{id}", "GET, PUT, DELETE", &|at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(profiles::show))
            .route(put().to(profiles::update))
            .route(delete().to(profiles::delete))
    });
    at(Gate::Admin, "/api/v1/dtmf-actions", "GET, POST", &|at| {
        at.route(get().to(dtmf_actions::list)).route(post().to(dtmf_actions::create))
    });
    at(Gate::Admin, "/api/v1/dtmf-actions/{profile_id}/{digits}", "PUT, DELETE", &|at| {
        at.route(put().to(dtmf_actions::update)).route(delete().to(dtmf_actions::delete))
    });
    at(Gate::Admin, "/api/v1/extensions", "GET, POST", &|at| {
        at.route(get().to(extensions::list)).route(post().to(extensions::create))
    });
    at(Gate::Admin, "/api/v1/extensions/{name}", "GET, PUT, DELETE", &|at| {
        at.route(get().to(extensions::show))
            .route(put().to(extensions::update))
            .route(delete().to(extensions::delete))
    });
    at(Gate::Admin, "/api/v1/extensions/{name}/presence", "GET", &|at| {
        at.route(get().to(extensions::presence))
    });
    at(Gate::Admin, "/api/v1/dial-policy", "GET, PUT", &|at| {
        at.route(get().to(dial_policy::show)).route(put().to(dial_policy::set))
    });
    at(Gate::Admin, "/api/v1/switches", "GET", &|at| at.route(get().to(switches::list)));
    at(Gate::Admin, "/api/v1/admin/actors", "GET", &|at| at.route(get().to(actors::actors)));
    at(Gate::Admin, "/api/v1/admin/drain", "POST", &|at| at.route(post().to(admin::drain)));
    at(Gate::Admin, "/api/v1/admin/log-level", "GET, PUT", &|at| {
        at.route(get().to(admin::log_level)).route(put().to(admin::set_log_level))
    });
    at(Gate::Admin, "/api/v1/admin/config", "GET", &|at| at.route(get().to(admin::config)));
    all
}

/// Path and methods of every resource.
pub fn paths() -> Vec<(&'static str, &'static str)> {
    endpoints().into_iter().map(|endpoint| (endpoint.path, endpoint.allowed)).collect()
}

/// The whole server's routes.
pub(super) fn configure(config: &mut ServiceConfig) {
    let mut everything = web::scope("")
        .app_data(PayloadConfig::new(HTTP_BODY_BYTES_MAX))
        .app_data(json(HTTP_BODY_BYTES_MAX))
        .app_data(
            QueryConfig::default().error_handler(|fault, _| ApiError::BadInput(fault.to_string()).into()),
        )
        .app_data(
            PathConfig::default().error_handler(|fault, _| ApiError::BadInput(fault.to_string()).into()),
        );
    let mut api = web::scope(API);
    for Endpoint { gate, resource, .. } in endpoints() {
        match gate {
            Gate::Open => everything = everything.service(resource),
            Gate::Local => everything = everything.service(resource.wrap(from_fn(gate::local))),
            Gate::Dialplan => everything = everything.service(resource.wrap(from_fn(gate::dialplan))),
            Gate::Socket => everything = everything.service(resource.wrap(from_fn(gate::socket))),
            Gate::Admin => api = api.service(resource),
        }
    }
    // Only tests have it, so it is no part of the API's document.
    #[cfg(feature = "fault-injection")]
    let api = api.service(
        resource(Gate::Admin, "/api/v1/admin/faults", "POST").route(web::post().to(super::api::faults::arm)),
    );
    // Behind the others, for their paths begin as this one's do.
    let api = api.default_service(web::to(nowhere)).wrap(from_fn(gate::admin));
    let everything = elsewhere(everything.service(api))
        .wrap(from_fn(gate::limit))
        .wrap(
            DefaultHeaders::new()
                .add(("Cache-Control", "no-store"))
                .add(("X-Content-Type-Options", "nosniff")),
        )
        .wrap(from_fn(gate::log));
    config.service(everything);
}

/// What is no part of the API: the pages, where they were built in.
#[cfg(feature = "pages")]
fn elsewhere(everything: Scope) -> Scope {
    let asset = resource(Gate::Open, "/assets/{name}", "GET")
        .route(web::get().to(pages::asset))
        .route(web::head().to(pages::asset));
    everything.service(asset).default_service(web::to(pages::page))
}

/// What is no part of the API: nothing, for the pages were left out.
#[cfg(not(feature = "pages"))]
fn elsewhere(everything: Scope) -> Scope {
    everything.default_service(web::to(nowhere))
}

/// A resource that answers 405 to every method that it is not given a route for.
fn resource(gate: Gate, path: &str, allowed: &'static str) -> Resource {
    let refuse = move || async move { Err::<HttpResponse, _>(ApiError::MethodNotAllowed(allowed)) };
    let path = match gate {
        Gate::Admin => path.strip_prefix(API).unwrap_or(path),
        Gate::Open | Gate::Local | Gate::Dialplan | Gate::Socket => path,
    };
    web::resource(path).default_service(web::to(refuse))
}

/// Bodies of JSON up to `max` bytes.
fn json(max: usize) -> JsonConfig {
    JsonConfig::default().limit(max).error_handler(move |fault, _| bad_body(&fault, max).into())
}

async fn nowhere(_: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("path"))
}
