//! The table of paths, and access to them. The resources are listed below, in a file for each subject.

mod accounts;
mod audited;
mod business;
mod calls;
mod campaigns;
mod customers;
mod desk;
mod dialplan;
mod elevenlabs;
mod floor;
mod node;
mod once;
mod osdial;
mod outside;
mod profiles;
mod replays;
mod talk;
mod twilio;

use std::str::FromStr as _;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::web::{self, JsonConfig, PathConfig, PayloadConfig, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse, Resource, Scope};
use cordboard_schema::limits::HTTP_BODY_BYTES_MAX;
use cordboard_schema::permission::Permission;

#[cfg(feature = "pages")]
use super::pages;
use super::problem::{ApiError, bad_body};
use super::{arriving, embedding, gate, server};

pub use audited::audited_routes;
pub(super) use audited::is_audited;
pub(super) use once::{Answers, answers_of};

/// Prefix of the paths that need a token or a session.
const API: &str = "/api/v1";

/// Access to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Everybody.
    Open,
    /// Everybody; pages of other sites only if a talk link lists them.
    Embedded,
    /// Everybody; clients of [`Gate::Local`] see more.
    Sighted,
    /// Clients on this machine, and callers who may see the installation.
    Local,
    /// The dialplan token.
    Dialplan,
    /// Every known caller, whatever their permissions. Its paths begin with [`API`].
    Known,
    /// Callers with the first permission, to read (GET and HEAD), and with the second, to change. Its paths begin with
    /// [`API`].
    Api(Permission, Permission),
    /// Callers with the permission, to read a resource at a path outside of [`API`].
    OutsideApi(Permission),
    /// A calendar feed's token, which only opens this, or the permission.
    Feed(Permission),
    /// A WebSocket: callers with the permission; a session's page must be of this site.
    Socket(Permission),
}

impl Gate {
    /// The permission that a caller needs for this method; `None` if callers need none.
    fn permission(self, method: &Method) -> Option<Permission> {
        match self {
            Self::Api(to_read, to_change) => Some(of_method(method, to_read, to_change)),
            Self::OutsideApi(permission) | Self::Feed(permission) | Self::Socket(permission) => {
                Some(permission)
            }
            Self::Open | Self::Embedded | Self::Sighted | Self::Local | Self::Dialplan | Self::Known => None,
        }
    }
}

/// The permission that a request with this method needs.
fn of_method(method: &Method, to_read: Permission, to_change: Permission) -> Permission {
    if method.is_safe() { to_read } else { to_change }
}

/// A resource of the API.
struct Endpoint {
    path: &'static str,
    /// The methods that it answers, as in the header `Allow`.
    allowed: &'static str,
    gate: Gate,
    resource: Resource,
}

/// The list of resources while it is built.
struct Endpoints(Vec<Endpoint>);

impl Endpoints {
    /// Adds a resource at `path` that answers the methods `allowed` with `routes`.
    fn at(
        &mut self,
        gate: Gate,
        path: &'static str,
        allowed: &'static str,
        routes: impl FnOnce(Resource) -> Resource,
    ) {
        let resource = routes(resource(gate, path, allowed));
        self.0.push(Endpoint { path, allowed, gate, resource });
    }
}

/// All resources: the one list from which the router is made and with which the document is compared.
fn endpoints() -> Vec<Endpoint> {
    let mut all = Endpoints(Vec::new());
    node::add(&mut all);
    // Before the calls, because one of its paths begins like theirs.
    dialplan::add(&mut all);
    calls::add(&mut all);
    campaigns::add(&mut all);
    customers::add(&mut all);
    desk::add(&mut all);
    floor::add(&mut all);
    profiles::add(&mut all);
    replays::add(&mut all);
    business::add(&mut all);
    accounts::add(&mut all);
    talk::add(&mut all);
    twilio::add(&mut all);
    elevenlabs::add(&mut all);
    osdial::add(&mut all);
    outside::add(&mut all);
    all.0
}

/// Path and methods of every resource.
pub fn paths() -> Vec<(&'static str, &'static str)> {
    endpoints().into_iter().map(|endpoint| (endpoint.path, endpoint.allowed)).collect()
}

/// Path, method and permission of every request for which a caller needs a permission.
pub(super) fn permissions() -> Vec<(&'static str, &'static str, Permission)> {
    let mut all = Vec::new();
    for Endpoint { path, allowed, gate, .. } in endpoints() {
        for name in allowed.split(", ") {
            let permission = Method::from_str(name).ok().and_then(|method| gate.permission(&method));
            all.extend(permission.map(|permission| (path, name, permission)));
        }
    }
    all
}

/// Path and methods of everything that this server answers: the resources, and what is outside of the API, assets and pages. The tests have a row for
/// each of them that says who is admitted.
pub fn table() -> Vec<(&'static str, &'static str)> {
    paths().into_iter().chain(of_tests()).chain(of_pages()).collect()
}

/// Route with which tests inject faults.
#[cfg(feature = "fault-injection")]
const FAULTS: (&str, &str) = ("/api/v1/admin/faults", "POST");
/// Routes of the pages' files.
#[cfg(feature = "pages")]
const ASSET: (&str, &str) = ("/assets/{name}", "GET");
/// The script for pages of other sites.
#[cfg(feature = "pages")]
const WIDGET: (&str, &str) = ("/widget.js", "GET");

/// The route that only builds for tests have.
fn of_tests() -> Option<(&'static str, &'static str)> {
    #[cfg(feature = "fault-injection")]
    return Some(FAULTS);
    #[cfg(not(feature = "fault-injection"))]
    None
}

/// Routes that only builds with pages have.
fn of_pages() -> Vec<(&'static str, &'static str)> {
    #[cfg(feature = "pages")]
    return pages::addresses().map(|path| (path, "GET")).chain([ASSET, WIDGET]).collect();
    #[cfg(not(feature = "pages"))]
    Vec::new()
}

/// The whole server's routes.
pub(super) fn configure(config: &mut ServiceConfig) {
    let mut everything = web::scope("")
        .app_data(PayloadConfig::new(HTTP_BODY_BYTES_MAX))
        .app_data(json(HTTP_BODY_BYTES_MAX))
        .app_data(
            PathConfig::default().error_handler(|fault, _| ApiError::BadInput(fault.to_string()).into()),
        );
    let mut api = web::scope(API);
    for Endpoint { path, allowed, gate, resource } in endpoints() {
        let is_like_get = is_head_like_get(gate, path, allowed);
        let resource = resource.wrap(from_fn(move |request, next| head_like_get(is_like_get, request, next)));
        match gate {
            Gate::Open => everything = everything.service(resource),
            Gate::Embedded => everything = everything.service(resource.wrap(from_fn(embedding::embedded))),
            Gate::Sighted => everything = everything.service(resource.wrap(from_fn(gate::sighted))),
            Gate::Local => everything = everything.service(resource.wrap(from_fn(gate::local))),
            Gate::Dialplan => everything = everything.service(resource.wrap(from_fn(gate::dialplan))),
            Gate::Feed(permission) => {
                let gate = from_fn(move |request, next| gate::feed(permission, request, next));
                everything = everything.service(resource.wrap(gate));
            }
            Gate::Socket(permission) => {
                let gate = from_fn(move |request, next| gate::socket(permission, request, next));
                everything = everything.service(resource.wrap(gate));
            }
            Gate::OutsideApi(permission) => {
                let permitted = from_fn(move |request, next| gate::permitted(permission, request, next));
                everything = everything.service(resource.wrap(permitted).wrap(from_fn(gate::known)));
            }
            Gate::Known => api = api.service(resource),
            Gate::Api(to_read, to_change) => {
                let gate = from_fn(move |request: ServiceRequest, next| {
                    gate::permitted(of_method(request.method(), to_read, to_change), request, next)
                });
                let answers = answers_of(path);
                let once = from_fn(move |request, next| super::once::once(answers, request, next));
                api = api.service(resource.wrap(once).wrap(gate));
            }
        }
    }
    // Only tests have it, so it is not in the API's document.
    #[cfg(feature = "fault-injection")]
    let api =
        api.service(resource(Gate::Known, FAULTS.0, FAULTS.1).route(web::post().to(super::api::faults::arm)));
    // After the others, because their paths begin like this one's.
    let api = api.default_service(web::to(nowhere)).wrap(from_fn(gate::known));
    let everything = elsewhere(everything.service(api))
        .wrap(from_fn(gate::limit))
        .wrap(
            DefaultHeaders::new()
                .add(("Cache-Control", "no-store"))
                .add(("X-Content-Type-Options", "nosniff")),
        )
        .wrap(from_fn(server::watched))
        .wrap(from_fn(gate::log))
        // The last wrapper is the first that a request meets.
        .wrap(from_fn(arriving::find));
    config.service(everything);
}

/// Routes outside of the API: the pages, if they are built in.
#[cfg(feature = "pages")]
fn elsewhere(everything: Scope) -> Scope {
    let asset = resource(Gate::Open, ASSET.0, ASSET.1)
        .route(web::get().to(pages::asset))
        .route(web::head().to(pages::asset));
    let widget = resource(Gate::Open, WIDGET.0, WIDGET.1)
        .route(web::get().to(pages::widget))
        .route(web::head().to(pages::widget));
    everything.service(asset).service(widget).default_service(web::to(pages::page))
}

/// Routes outside of the API: none, because the pages were left out.
#[cfg(not(feature = "pages"))]
fn elsewhere(everything: Scope) -> Scope {
    everything.default_service(web::to(nowhere))
}

/// A resource that answers 405 to every method without a route.
fn resource(gate: Gate, path: &str, allowed: &'static str) -> Resource {
    let refuse = move || async move { Err::<HttpResponse, _>(ApiError::MethodNotAllowed(allowed)) };
    let path = match gate {
        Gate::Api(..) | Gate::Known => path.strip_prefix(API).unwrap_or(path),
        Gate::Open
        | Gate::Embedded
        | Gate::Sighted
        | Gate::Local
        | Gate::Dialplan
        | Gate::OutsideApi(_)
        | Gate::Feed(_)
        | Gate::Socket(_) => path,
    };
    web::resource(path).default_service(web::to(refuse))
}

/// Whether a resource answers HEAD as it answers GET. Exceptions begin something (a socket, a stream, a step of a dialplan), or note in the audit log
/// what was sent. The recording has a route of its own for HEAD.
fn is_head_like_get(gate: Gate, path: &str, allowed: &str) -> bool {
    let is_plain = match gate {
        Gate::Dialplan | Gate::Feed(_) | Gate::Socket(_) => false,
        Gate::Open
        | Gate::Embedded
        | Gate::Sighted
        | Gate::Local
        | Gate::Known
        | Gate::Api(..)
        | Gate::OutsideApi(_) => !matches!(
            path,
            "/ws/audio" | "/api/v1/live" | "/api/v1/calls/{id}/recording" | "/api/v1/customers/{id}/export"
        ),
    };
    is_plain && !path.ends_with(".csv") && allowed.split(", ").any(|method| method == "GET")
}

/// Lets a resource answer HEAD by its route for GET. The connection, which has seen the method, leaves the body out.
async fn head_like_get(
    is_like_get: bool,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_like_get && *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// JSON bodies of up to `max` bytes.
fn json(max: usize) -> JsonConfig {
    JsonConfig::default().limit(max).error_handler(move |fault, _| bad_body(&fault, max).into())
}

async fn nowhere(_: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("path"))
}
