//! Calls, and what is asked of live ones.

use utoipa::OpenApi;

use crate::web::api::{calls, commands, journal, outbound, recording, wav};
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
    ),
    components(schemas(wav::Channel)),
    tags((name = "calls", description = "Calls: what happened on them, and what can be asked of them"))
)]
pub(super) struct Calls;
