//! Requests of dialplans.

use utoipa::OpenApi;

use crate::web::api::{audio_ports, dialplan};

#[derive(OpenApi)]
#[openapi(
    paths(
        dialplan::expect,
        dialplan::expect_posted,
        dialplan::next,
        audio_ports::lease,
        audio_ports::list,
        audio_ports::give_back,
    ),
    tags(
        (name = "dialplan", description = "Requests of a switch's dialplan; its token may be in the query's `token`"),
    )
)]
pub(super) struct Dialplan;
