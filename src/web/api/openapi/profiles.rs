//! Agent profiles, their keys, and whom calls may dial.

use utoipa::OpenApi;

use crate::web::api::{dial_policy, dtmf_actions, extensions, profiles};

#[derive(OpenApi)]
#[openapi(
    paths(
        profiles::list,
        profiles::create,
        profiles::show,
        profiles::update,
        profiles::delete,
        dtmf_actions::list,
        dtmf_actions::create,
        dtmf_actions::update,
        dtmf_actions::delete,
        extensions::list,
        extensions::create,
        extensions::show,
        extensions::update,
        extensions::delete,
        extensions::presence,
        dial_policy::show,
        dial_policy::set,
    ),
    tags(
        (name = "agent profiles", description = "The assistants' personas and settings"),
        (name = "extensions", description = "Whom calls may be passed to, and what they may dial"),
    )
)]
pub(super) struct Profiles;
