//! The node itself: its health, its documents, its internals.

use utoipa::OpenApi;

use crate::web::api::{actors, admin, proxies, switches};
use crate::web::socket::control;
use crate::web::{health, metrics};

#[derive(OpenApi)]
#[openapi(
    paths(
        control::control,
        control::document,
        switches::list,
        actors::actors,
        admin::drain,
        admin::log_level,
        admin::set_log_level,
        admin::config,
        proxies::list,
        health::healthz,
        health::readyz,
        metrics::metrics,
        super::document,
    ),
    tags(
        (name = "admin", description = "The node itself"),
        (name = "control", description = "The control socket, for programs; its messages are described at `/api/asyncapi.json`"),
        (name = "health", description = "For orchestrators"),
    )
)]
pub(super) struct Node;
