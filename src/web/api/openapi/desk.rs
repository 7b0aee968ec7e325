//! Desks.

use cordboard_schema::wire::desk::{DeskMessage, DeskRequest};
use utoipa::OpenApi;

use crate::web::socket::desk;

#[derive(OpenApi)]
#[openapi(
    paths(desk::desk),
    components(schemas(DeskRequest, DeskMessage)),
    tags((name = "desk", description = "Where agents take calls"))
)]
pub(super) struct Desk;
