//! Replays of calls against profiles, and examples.

use utoipa::OpenApi;

use crate::web::api::{examples, judge, replays};

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
    judge::show,
))]
pub(super) struct Replays;
