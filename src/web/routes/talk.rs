//! Talk links, their visitors, and the audio of browsers.

use actix_web::web::{delete, get, patch, post, put};
use cordboard_schema::permission::Permission::{BusinessRead, BusinessWrite};

use super::{Endpoints, Gate};
use crate::web::api::{signing_secrets, talk, talk_links, web_audio, webrtc};
use crate::web::socket::audio;

const LINKS: Gate = Gate::Api(BusinessRead, BusinessWrite);

pub(super) fn add(all: &mut Endpoints) {
    all.at(LINKS, "/api/v1/talk-links", "GET, POST", |at| {
        at.route(get().to(talk_links::list)).route(post().to(talk_links::create))
    });
    all.at(LINKS, "/api/v1/talk-links/{id}", "GET, PATCH, PUT, DELETE", |at| {
        at.route(get().to(talk_links::show))
            .route(patch().to(talk_links::patch))
            .route(put().to(talk_links::update))
            .route(delete().to(talk_links::delete))
    });
    all.at(LINKS, "/api/v1/talk-links/{id}/signing-secret", "POST, DELETE", |at| {
        at.route(post().to(signing_secrets::make_of_talk_link))
            .route(delete().to(signing_secrets::remove_of_talk_link))
    });
    all.at(Gate::Embedded, "/api/v1/talk/{token}", "GET", |at| at.route(get().to(talk::show)));
    all.at(Gate::Embedded, "/api/v1/talk/{token}/calls", "POST", |at| at.route(post().to(talk::begin)));
    // A client sends a token in its first message.
    all.at(Gate::Embedded, "/api/v1/webrtc", "GET, POST", |at| {
        at.route(get().to(webrtc::show)).route(post().to(webrtc::offer))
    });
    all.at(Gate::Embedded, "/api/v1/webrtc/{session}", "PATCH, DELETE", |at| {
        at.route(patch().to(webrtc::change)).route(delete().to(webrtc::end))
    });
    all.at(Gate::Embedded, "/api/v1/audio", "DELETE", |at| at.route(delete().to(web_audio::end)));
    all.at(Gate::Open, "/ws/audio", "GET", |at| at.route(get().to(audio::audio)));
}
