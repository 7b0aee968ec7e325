//! Replays of calls against profiles, examples, trials, and shadows.

use actix_web::web::{delete, get, post, put};
use cordboard_schema::permission::Permission::{ProfilesRead, ProfilesWrite};

use super::{Endpoints, Gate};
use crate::web::api::{examples, extraction_trial, judge, replays, shadows};

const PROFILES: Gate = Gate::Api(ProfilesRead, ProfilesWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/replays", "GET, POST", |at| {
        at.route(get().to(replays::list)).route(post().to(replays::begin))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/replays/{replay_id}", "GET", |at| {
        at.route(get().to(replays::show))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/replays/{replay_id}/stop", "POST", |at| {
        at.route(post().to(replays::stop))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/shadow", "GET", |at| at.route(get().to(shadows::costs)));
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/shadow/calls", "GET", |at| {
        at.route(get().to(shadows::list))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/shadow/calls/{shadow_call_id}", "GET", |at| {
        at.route(get().to(shadows::show))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/examples", "GET, POST", |at| {
        at.route(get().to(examples::list)).route(post().to(examples::create))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/examples/{example_id}", "PUT, DELETE", |at| {
        at.route(put().to(examples::update)).route(delete().to(examples::delete))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/example-runs", "POST", |at| {
        at.route(post().to(examples::run))
    });
    all.at(PROFILES, "/api/v1/agent-profiles/{id}/extraction-trial", "POST", |at| {
        at.route(post().to(extraction_trial::try_it))
    });
    all.at(PROFILES, "/api/v1/judge", "GET", |at| at.route(get().to(judge::show)));
}
