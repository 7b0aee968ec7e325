//! The node itself: its health, its documents, its internals.

use actix_web::web::{get, post, put};
use cordboard_schema::permission::Permission::{CallsControl, Installation};

use super::{Endpoints, Gate};
use crate::web::api::{actors, admin, openapi, proxies, switches};
use crate::web::socket::control;
use crate::web::{health, metrics};

/// No user of an organization has this permission.
const NODE: Gate = Gate::Api(Installation, Installation);

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Open, "/healthz", "GET", |at| at.route(get().to(health::healthz)));
    all.at(Gate::Sighted, "/readyz", "GET", |at| at.route(get().to(health::readyz)));
    all.at(Gate::Local, "/metrics", "GET", |at| at.route(get().to(metrics::metrics)));
    all.at(Gate::Open, "/api/openapi.json", "GET", |at| at.route(get().to(openapi::document)));
    all.at(Gate::Open, "/api/asyncapi.json", "GET", |at| at.route(get().to(control::document)));
    all.at(Gate::Socket(CallsControl), "/ws/control", "GET", |at| at.route(get().to(control::control)));
    all.at(NODE, "/api/v1/switches", "GET", |at| at.route(get().to(switches::list)));
    all.at(NODE, "/api/v1/admin/actors", "GET", |at| at.route(get().to(actors::actors)));
    all.at(NODE, "/api/v1/admin/drain", "POST", |at| at.route(post().to(admin::drain)));
    all.at(NODE, "/api/v1/admin/log-level", "GET, PUT", |at| {
        at.route(get().to(admin::log_level)).route(put().to(admin::set_log_level))
    });
    all.at(NODE, "/api/v1/admin/config", "GET", |at| at.route(get().to(admin::config)));
    all.at(NODE, "/api/v1/admin/proxies", "GET", |at| at.route(get().to(proxies::list)));
}
