//! Requests of dialplans.

use actix_web::web::{delete, get, post};

use super::{Endpoints, Gate};
use crate::web::api::{audio_ports, dialplan};

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Dialplan, "/api/v1/calls/expect", "GET, POST", |at| {
        at.route(get().to(dialplan::expect)).route(post().to(dialplan::expect_posted))
    });
    all.at(Gate::Dialplan, "/api/v1/calls/{uuid}/next", "GET", |at| at.route(get().to(dialplan::next)));
    all.at(Gate::Dialplan, "/api/v1/audio-ports", "GET, POST", |at| {
        at.route(get().to(audio_ports::list)).route(post().to(audio_ports::lease))
    });
    all.at(Gate::Dialplan, "/api/v1/audio-ports/{port}", "DELETE", |at| {
        at.route(delete().to(audio_ports::give_back))
    });
}
