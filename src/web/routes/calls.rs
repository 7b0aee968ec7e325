//! Calls, and commands to live ones.

use actix_web::web::{delete, get, head, patch, post, put};
use cordboard_schema::limits::HTTP_PROFILE_BYTES_MAX;
use cordboard_schema::permission::Permission::{
    BusinessWrite, CallsAnnotate, CallsControl, CallsRead, CallsSupervise, RecordingsPlay,
};

use super::{Endpoints, Gate, json};
use crate::web::api::{
    alarms, call_connections, call_notes, call_shares, call_tags, call_views, calls, calls_csv, commands,
    extraction, journal, outbound, quality, recording, supervision, supervision_policy,
};
use crate::web::live;

const CALLS: Gate = Gate::Api(CallsRead, CallsControl);
const SUPERVISION: Gate = Gate::Api(CallsSupervise, CallsSupervise);
const ANNOTATE: Gate = Gate::Api(CallsRead, CallsAnnotate);
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
    all.at(SUPERVISION, "/api/v1/calls/{id}/supervision", "PUT, DELETE", |at| {
        at.route(put().to(supervision::supervise)).route(delete().to(supervision::leave))
    });
    all.at(SUPERVISION, "/api/v1/calls/{id}/supervision/take-over", "POST", |at| {
        at.route(post().to(supervision::take_over))
    });
    all.at(Gate::Api(CallsSupervise, BusinessWrite), "/api/v1/scorecard", "GET, PUT", |at| {
        at.route(get().to(quality::card)).route(put().to(quality::set_card))
    });
    all.at(SUPERVISION, "/api/v1/calls/{id}/score", "GET, PUT", |at| {
        at.route(get().to(quality::score)).route(put().to(quality::set_score))
    });
    all.at(SUPERVISION, "/api/v1/calls/{id}/score/by-model", "POST", |at| {
        at.route(post().to(quality::by_model))
    });
    all.at(SUPERVISION, "/api/v1/quality", "GET", |at| at.route(get().to(quality::quality)));
    all.at(SUPERVISION, "/api/v1/alarms", "GET", |at| at.route(get().to(alarms::list)));
    all.at(SUPERVISION, "/api/v1/alarms/{id}/acknowledge", "POST", |at| {
        at.route(post().to(alarms::acknowledge))
    });
    all.at(Gate::Api(CallsSupervise, BusinessWrite), "/api/v1/alarm-rules", "GET, PUT", |at| {
        // Its rules have up to a thousand phrases.
        at.app_data(json(HTTP_PROFILE_BYTES_MAX))
            .route(get().to(alarms::rules))
            .route(put().to(alarms::set_rules))
    });
    all.at(Gate::Api(CallsRead, BusinessWrite), "/api/v1/supervision-policy", "GET, PUT", |at| {
        at.route(get().to(supervision_policy::show)).route(put().to(supervision_policy::set))
    });
    all.at(SUPERVISION, "/api/v1/calls/{id}/supervision/hint", "POST", |at| {
        at.route(post().to(supervision::hint))
    });
    all.at(CALLS, "/api/v1/calls/{id}/events", "GET", |at| at.route(get().to(journal::events)));
    all.at(CALLS, "/api/v1/calls/{id}/connections", "GET", |at| at.route(get().to(call_connections::list)));
    all.at(CALLS, "/api/v1/calls/{id}/transcript", "GET", |at| at.route(get().to(journal::transcript)));
    all.at(CALLS, "/api/v1/calls/{id}/extraction", "GET", |at| at.route(get().to(extraction::show)));
    all.at(CALLS, "/api/v1/call-topics", "GET", |at| at.route(get().to(extraction::topics)));
    all.at(RECORDINGS, "/api/v1/calls/{id}/recording", "GET", |at| {
        at.route(get().to(recording::recording)).route(head().to(recording::recording))
    });
    all.at(CALLS, "/api/v1/calls.csv", "GET", |at| at.route(get().to(calls_csv::export)));
    all.at(ANNOTATE, "/api/v1/calls/{id}/tags", "GET, PATCH, PUT", |at| {
        at.route(get().to(call_tags::show))
            .route(patch().to(call_tags::change_some))
            .route(put().to(call_tags::set))
    });
    all.at(ANNOTATE, "/api/v1/call-tags", "GET", |at| at.route(get().to(call_tags::known)));
    all.at(ANNOTATE, "/api/v1/calls/{id}/notes", "GET, POST", |at| {
        at.route(get().to(call_notes::list)).route(post().to(call_notes::create))
    });
    all.at(ANNOTATE, "/api/v1/calls/{id}/notes/{note_id}", "PUT, DELETE", |at| {
        at.route(put().to(call_notes::update)).route(delete().to(call_notes::delete))
    });
    all.at(ANNOTATE, "/api/v1/calls/{id}/shares", "GET, POST", |at| {
        at.route(get().to(call_shares::list)).route(post().to(call_shares::create))
    });
    all.at(ANNOTATE, "/api/v1/call-shares", "GET", |at| at.route(get().to(call_shares::mine)));
    all.at(ANNOTATE, "/api/v1/call-shares/{id}", "DELETE", |at| at.route(delete().to(call_shares::done)));
    all.at(ANNOTATE, "/api/v1/call-views", "GET, POST", |at| {
        at.route(get().to(call_views::list)).route(post().to(call_views::create))
    });
    all.at(ANNOTATE, "/api/v1/call-views/{id}", "PUT, DELETE", |at| {
        at.route(put().to(call_views::update)).route(delete().to(call_views::delete))
    });
    all.at(CALLS, "/api/v1/live", "GET", |at| at.route(get().to(live::live)));
}
