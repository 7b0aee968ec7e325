//! Agent profiles, their keys, and whom calls may dial.

use utoipa::OpenApi;

use crate::web::api::{
    dial_policy, drafts, dtmf_actions, extensions, profile_versions, profiles, test_calls, voices,
};

#[derive(OpenApi)]
#[openapi(
    paths(
        profiles::list,
        profiles::create,
        profiles::show,
        profiles::patch,
        profiles::update,
        profiles::delete,
        drafts::list,
        drafts::begin,
        drafts::show,
        drafts::patch,
        drafts::discard,
        drafts::publish,
        profile_versions::publish,
        profile_versions::roll_back,
        test_calls::begin,
        voices::list,
        voices::preview,
        profile_versions::list,
        profile_versions::show,
        profile_versions::diff,
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
        dial_policy::patch,
    ),
    tags(
        (name = "agent profiles", description = "The assistants' personas and settings"),
        (name = "extensions", description = "Where calls may be transferred, and what they may dial"),
    )
)]
pub(super) struct Profiles;
