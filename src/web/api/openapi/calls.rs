//! Calls, and what is asked of live ones.

use utoipa::OpenApi;

use crate::web::api::{activities, calls, commands, journal, outbound, recording, wav};
use crate::web::live;

#[derive(OpenApi)]
#[openapi(
    paths(
        calls::list,
        calls::show,
        outbound::create,
        commands::say,
        commands::dtmf,
        commands::hangup,
        commands::hold,
        commands::park,
        commands::variables,
        commands::unhold,
        commands::transfer,
        commands::handoff,
        journal::events,
        journal::transcript,
        recording::recording,
        live::live,
        activities::list,
    ),
    components(schemas(wav::Channel)),
    tags(
        (name = "calls", description = "Calls: what happened on them, and what can be asked of them"),
        (name = "activities", description = "What was done for customers"),
    )
)]
pub(super) struct Calls;
