//! The node itself: its health, its documents, its sessions, its inside.

use utoipa::OpenApi;

use crate::web::api::{actors, admin, switches};
use crate::web::socket::control;
use crate::web::{health, metrics, session};

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
        health::healthz,
        health::readyz,
        metrics::metrics,
        session::sign_in,
        session::show,
        session::sign_out,
        super::document,
    ),
    tags(
        (name = "session", description = "Signing in to the pages"),
        (name = "admin", description = "The node itself"),
        (name = "control", description = "The control socket, for programs; its messages are described at `/api/asyncapi.json`"),
        (name = "health", description = "For orchestrators"),
    )
)]
pub(super) struct Node;
