//! Webhooks of Twilio. A signature over the whole request proves the sender; each handler checks it before
//! anything else.

use actix_web::web::{get, post};

use super::{Endpoints, Gate};
use crate::web::socket::twilio as stream;
use crate::web::webhook::twilio;

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Open, "/twilio/voice", "POST", |at| at.route(post().to(twilio::voice)));
    all.at(Gate::Open, "/twilio/next", "POST", |at| at.route(post().to(twilio::next)));
    all.at(Gate::Open, "/twilio/status", "POST", |at| at.route(post().to(twilio::status)));
    all.at(Gate::Open, "/twilio/message", "POST", |at| at.route(post().to(twilio::messages::message)));
    all.at(Gate::Open, "/twilio/message/status", "POST", |at| {
        at.route(post().to(twilio::messages::message_status))
    });
    all.at(Gate::Open, "/twilio/process-audio", "POST", |at| {
        at.route(post().to(twilio::documents::process_audio))
    });
    all.at(Gate::Open, "/twilio/transfer", "POST", |at| at.route(post().to(twilio::documents::transfer)));
    all.at(Gate::Open, "/twilio/dialled", "POST", |at| at.route(post().to(twilio::documents::dialled)));
    all.at(Gate::Open, "/twilio/recorded", "POST", |at| at.route(post().to(twilio::documents::recorded)));
    all.at(Gate::Open, "/twilio/recording", "POST", |at| at.route(post().to(twilio::recording::recording)));
    all.at(Gate::Open, "/twilio/placed/{channel}/answered", "POST", |at| {
        at.route(post().to(twilio::placed::answered))
    });
    all.at(Gate::Open, "/twilio/placed/{channel}/status", "POST", |at| {
        at.route(post().to(twilio::placed::placed_status))
    });
    all.at(Gate::Open, "/twilio/conference/{person}/person", "POST", |at| {
        at.route(post().to(twilio::conference::person))
    });
    all.at(Gate::Open, "/twilio/conference/{person}/room", "POST", |at| {
        at.route(post().to(twilio::conference::room))
    });
    all.at(Gate::Open, "/twilio/conference/{person}/over", "POST", |at| {
        at.route(post().to(twilio::conference::over))
    });
    all.at(Gate::Open, "/call", "GET", |at| at.route(get().to(stream::call)));
}
