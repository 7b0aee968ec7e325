//! The floor: agents, queues, choices of agents, notes, and callbacks.

use actix_web::web::{delete, get, post, put};
use cordboard_schema::permission::Permission::{CallbacksWrite, DeskUse, FloorRead, FloorWrite};

use super::{Endpoints, Gate};
use crate::web::api::{agents, callbacks, dispositions, presence_reasons, queues, wrap_up_drafts, wrap_ups};

const FLOOR: Gate = Gate::Api(FloorRead, FloorWrite);
const WRAP_UPS: Gate = Gate::Api(FloorRead, DeskUse);
const DRAFTS: Gate = Gate::Api(DeskUse, DeskUse);
const CALLBACKS: Gate = Gate::Api(FloorRead, CallbacksWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(FLOOR, "/api/v1/agents", "GET", |at| at.route(get().to(agents::list)));
    all.at(FLOOR, "/api/v1/agents/{id}", "GET, PUT", |at| {
        at.route(get().to(agents::show)).route(put().to(agents::set))
    });
    all.at(FLOOR, "/api/v1/queues", "GET, POST", |at| {
        at.route(get().to(queues::list)).route(post().to(queues::create))
    });
    all.at(FLOOR, "/api/v1/queues/{id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(queues::show)).route(put().to(queues::update)).route(delete().to(queues::delete))
    });
    all.at(FLOOR, "/api/v1/dispositions", "GET, POST", |at| {
        at.route(get().to(dispositions::list)).route(post().to(dispositions::create))
    });
    // Before paths with ids.
    all.at(FLOOR, "/api/v1/dispositions/order", "PUT", |at| at.route(put().to(dispositions::order)));
    all.at(FLOOR, "/api/v1/dispositions/{id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(dispositions::show))
            .route(put().to(dispositions::update))
            .route(delete().to(dispositions::delete))
    });
    all.at(FLOOR, "/api/v1/presence-reasons", "GET, POST", |at| {
        at.route(get().to(presence_reasons::list)).route(post().to(presence_reasons::create))
    });
    all.at(FLOOR, "/api/v1/presence-reasons/order", "PUT", |at| at.route(put().to(presence_reasons::order)));
    all.at(FLOOR, "/api/v1/presence-reasons/{id}", "GET, PUT, DELETE", |at| {
        at.route(get().to(presence_reasons::show))
            .route(put().to(presence_reasons::update))
            .route(delete().to(presence_reasons::delete))
    });
    all.at(WRAP_UPS, "/api/v1/wrap-ups", "GET, POST", |at| {
        at.route(get().to(wrap_ups::list)).route(post().to(wrap_ups::create))
    });
    all.at(DRAFTS, "/api/v1/calls/{id}/wrap-up-draft", "GET, PUT", |at| {
        at.route(get().to(wrap_up_drafts::show)).route(put().to(wrap_up_drafts::set))
    });
    all.at(CALLBACKS, "/api/v1/callbacks", "GET", |at| at.route(get().to(callbacks::list)));
    all.at(CALLBACKS, "/api/v1/callbacks/{id}", "GET", |at| at.route(get().to(callbacks::show)));
    all.at(CALLBACKS, "/api/v1/callbacks/{id}/claim", "POST", |at| at.route(post().to(callbacks::claim)));
    all.at(CALLBACKS, "/api/v1/callbacks/{id}/release", "POST", |at| at.route(post().to(callbacks::release)));
    all.at(CALLBACKS, "/api/v1/callbacks/{id}/done", "POST", |at| at.route(post().to(callbacks::finish)));
}
