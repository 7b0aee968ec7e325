//! Agent profiles, their keys, and whom calls may dial.

use actix_web::web::{delete, get, patch, post, put};
use cordboard_schema::limits::HTTP_PROFILE_BYTES_MAX;
use cordboard_schema::permission::Permission::{DiallingRead, DiallingWrite, ProfilesRead, ProfilesWrite};

use super::{Endpoints, Gate, json};
use crate::web::api::{
    dial_policy, drafts, dtmf_actions, extensions, profile_versions, profiles, test_calls, voices,
};

const PROFILES: Gate = Gate::Api(ProfilesRead, ProfilesWrite);
const DIALLING: Gate = Gate::Api(DiallingRead, DiallingWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(PROFILES, "/api/v1/agent-profiles", "GET, POST", |at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(profiles::list))
            .route(post().to(profiles::create))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}", "GET, PATCH, PUT, DELETE", |at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(profiles::show))
            .route(patch().to(profiles::patch))
            .route(put().to(profiles::update))
            .route(delete().to(profiles::delete))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/publish", "POST", |at| {
        at.route(post().to(profile_versions::publish))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/rollback", "POST", |at| {
        at.route(post().to(profile_versions::roll_back))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/test-calls", "POST", |at| {
        at.route(post().to(test_calls::begin))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/voices", "GET", |at| at.route(get().to(voices::list)));
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/voice-preview", "POST", |at| {
        at.route(post().to(voices::preview))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/drafts", "GET, POST", |at| {
        at.route(get().to(drafts::list)).route(post().to(drafts::begin))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/drafts/{draft}", "GET, PATCH, DELETE", |at| {
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(drafts::show))
            .route(patch().to(drafts::patch))
            .route(delete().to(drafts::discard))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/drafts/{draft}/publish", "POST", |at| {
        at.route(post().to(drafts::publish))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/versions", "GET", |at| {
        at.route(get().to(profile_versions::list))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/versions/{version}", "GET", |at| {
        at.route(get().to(profile_versions::show))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/diff", "GET", |at| {
        at.route(get().to(profile_versions::diff))
    });
    all.at(PROFILES, "/api/v1/dtmf-actions", "GET, POST", |at| {
        at.route(get().to(dtmf_actions::list)).route(post().to(dtmf_actions::create))
    });
    all.at(PROFILES, "/api/v1/dtmf-actions/{profile_id}/{digits}", "PUT, DELETE", |at| {
        at.route(put().to(dtmf_actions::update)).route(delete().to(dtmf_actions::delete))
    });
    all.at(DIALLING, "/api/v1/extensions", "GET, POST", |at| {
        at.route(get().to(extensions::list)).route(post().to(extensions::create))
    });
    all.at(DIALLING, "/api/v1/extensions/{name}", "GET, PUT, DELETE", |at| {
        at.route(get().to(extensions::show))
            .route(put().to(extensions::update))
            .route(delete().to(extensions::delete))
    });
    all.at(DIALLING, "/api/v1/extensions/{name}/presence", "GET", |at| {
        at.route(get().to(extensions::presence))
    });
    all.at(DIALLING, "/api/v1/dial-policy", "GET, PATCH, PUT", |at| {
        at.route(get().to(dial_policy::show))
            .route(patch().to(dial_policy::patch))
            .route(put().to(dial_policy::set))
    });
}
