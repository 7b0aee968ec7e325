//! Replays of calls against profiles, examples, and shadows.

use utoipa::OpenApi;

use crate::web::api::{examples, extraction_trial, judge, replays, shadows};

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
    extraction_trial::try_it,
    judge::show,
    shadows::costs,
    shadows::list,
    shadows::show,
))]
pub(super) struct Replays;
