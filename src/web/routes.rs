//! Which path leads where, and who may go there.

use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Scope};
use cordboard_schema::limits::HTTP_BODY_BYTES_MAX;

use super::api::{activities, calls, dialplan, journal, recording};
#[cfg(feature = "pages")]
use super::pages;
use super::problem::ApiError;
use super::{gate, health, session};

/// The whole server's routes. What stands outside the gates `admin` and `dialplan` is open to everybody.
pub(super) fn configure(config: &mut ServiceConfig) {
    let everything = web::scope("")
        .wrap(from_fn(gate::limit))
        .wrap(
            DefaultHeaders::new()
                .add(("Cache-Control", "no-store"))
                .add(("X-Content-Type-Options", "nosniff")),
        )
        .wrap(from_fn(gate::log))
        .app_data(PayloadConfig::new(HTTP_BODY_BYTES_MAX))
        .app_data(
            QueryConfig::default().error_handler(|fault, _| ApiError::BadInput(fault.to_string()).into()),
        )
        .app_data(
            PathConfig::default().error_handler(|fault, _| ApiError::BadInput(fault.to_string()).into()),
        )
        .service(
            only_get("/healthz").route(web::get().to(health::healthz)).route(web::head().to(health::healthz)),
        )
        .service(
            only_get("/readyz").route(web::get().to(health::readyz)).route(web::head().to(health::readyz)),
        )
        .service(
            only("/api/v1/calls/expect", "GET, POST")
                .wrap(from_fn(gate::dialplan))
                .route(web::get().to(dialplan::expect))
                .route(web::post().to(dialplan::expect)),
        )
        .service(
            only_get("/api/v1/calls/{uuid}/next")
                .wrap(from_fn(gate::dialplan))
                .route(web::get().to(dialplan::next)),
        )
        .service(
            only("/api/v1/auth/session", "GET, POST, DELETE")
                .route(web::get().to(session::show))
                .route(web::post().to(session::sign_in))
                .route(web::delete().to(session::sign_out)),
        )
        .service(api().wrap(from_fn(gate::admin)));
    #[cfg(feature = "pages")]
    let everything = everything
        .service(
            only_get("/assets/{name}").route(web::get().to(pages::asset)).route(web::head().to(pages::asset)),
        )
        .default_service(web::to(pages::page));
    #[cfg(not(feature = "pages"))]
    let everything = everything.default_service(web::to(nowhere));
    config.service(everything);
}

fn api() -> Scope {
    web::scope("/api/v1")
        .service(only_get("/calls").route(web::get().to(calls::list)))
        .service(only_get("/calls/{id}").route(web::get().to(calls::show)))
        .service(only("/calls/{id}/hangup", "POST").route(web::post().to(calls::hangup)))
        .service(only_get("/calls/{id}/events").route(web::get().to(journal::events)))
        .service(only_get("/calls/{id}/transcript").route(web::get().to(journal::transcript)))
        .service(
            only_get("/calls/{id}/recording")
                .route(web::get().to(recording::recording))
                .route(web::head().to(recording::recording)),
        )
        .service(only_get("/activities").route(web::get().to(activities::list)))
        .default_service(web::to(nowhere))
}

fn only_get(path: &str) -> Resource {
    only(path, "GET")
}

/// A resource that answers 405 to every method that it is not given a route for.
fn only(path: &str, allowed: &'static str) -> Resource {
    let refuse = move || async move { Err::<HttpResponse, _>(ApiError::MethodNotAllowed(allowed)) };
    web::resource(path).default_service(web::to(refuse))
}

async fn nowhere(_: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("path"))
}
