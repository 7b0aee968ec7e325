//! Calls, and what is asked of live ones.

use actix_web::web::{get, head, post};
use cordboard_schema::permission::Permission::{CallsControl, CallsRead, RecordingsPlay};

use super::{Endpoints, Gate};
use crate::web::api::{calls, commands, journal, outbound, recording};
use crate::web::live;

const CALLS: Gate = Gate::Api(CallsRead, CallsControl);
const RECORDINGS: Gate = Gate::Api(RecordingsPlay, RecordingsPlay);

pub(super) fn add(all: &mut Endpoints) {
    all.at(CALLS, "/api/v1/calls", "GET, POST", |at| {
        at.route(get().to(calls::list)).route(post().to(outbound::create))
    });
    all.at(CALLS, "/api/v1/calls/{id}", "GET", |at| at.route(get().to(calls::show)));
    all.at(CALLS, "/api/v1/calls/{id}/say", "POST", |at| at.route(post().to(commands::say)));
    all.at(CALLS, "/api/v1/calls/{id}/dtmf", "POST", |at| at.route(post().to(commands::dtmf)));
    all.at(CALLS, "/api/v1/calls/{id}/hold", "POST", |at| at.route(post().to(commands::hold)));
    all.at(CALLS, "/api/v1/calls/{id}/park", "POST", |at| at.route(post().to(commands::park)));
    all.at(CALLS, "/api/v1/calls/{id}/variables", "POST", |at| at.route(post().to(commands::variables)));
    all.at(CALLS, "/api/v1/calls/{id}/unhold", "POST", |at| at.route(post().to(commands::unhold)));
    all.at(CALLS, "/api/v1/calls/{id}/transfer", "POST", |at| at.route(post().to(commands::transfer)));
    all.at(CALLS, "/api/v1/calls/{id}/handoff", "POST", |at| at.route(post().to(commands::handoff)));
    all.at(CALLS, "/api/v1/calls/{id}/hangup", "POST", |at| at.route(post().to(commands::hangup)));
    all.at(CALLS, "/api/v1/calls/{id}/events", "GET", |at| at.route(get().to(journal::events)));
    all.at(CALLS, "/api/v1/calls/{id}/transcript", "GET", |at| at.route(get().to(journal::transcript)));
    all.at(RECORDINGS, "/api/v1/calls/{id}/recording", "GET", |at| {
        at.route(get().to(recording::recording)).route(head().to(recording::recording))
    });
    all.at(CALLS, "/api/v1/live", "GET", |at| at.route(get().to(live::live)));
}
