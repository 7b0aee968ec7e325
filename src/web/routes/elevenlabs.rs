//! Webhooks of ElevenLabs. A signature over the body proves the sender; each handler checks it before anything else.

use actix_web::web::post;

use super::{Endpoints, Gate};
use crate::web::webhook::elevenlabs;

pub(super) fn add(all: &mut Endpoints) {
    all.at(Gate::Open, "/elevenlabs/post-call", "POST", |at| at.route(post().to(elevenlabs::post_call)));
    all.at(Gate::Open, "/elevenlabs/post-call/{organization_id}", "POST", |at| {
        at.route(post().to(elevenlabs::post_call_of_organization))
    });
}
