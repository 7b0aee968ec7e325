//! Replays of calls against profiles, and examples.

use utoipa::OpenApi;

use crate::web::api::{examples, replays};

#[derive(OpenApi)]
#[openapi(paths(
    replays::list,
    replays::begin,
    replays::show,
    replays::stop,
    examples::list,
    examples::create,
    examples::update,
    examples::delete,
    examples::run,
))]
pub(super) struct Replays;
