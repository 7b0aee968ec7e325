//! Talk links, their visitors, and the audio of browsers.

use utoipa::OpenApi;

use crate::web::api::{signing_secrets, talk, talk_links, web_audio, webrtc};
use crate::web::socket::audio;

#[derive(OpenApi)]
#[openapi(
    paths(
        talk_links::list,
        talk_links::create,
        talk_links::show,
        talk_links::update,
        talk_links::patch,
        talk_links::delete,
        signing_secrets::make_of_talk_link,
        signing_secrets::remove_of_talk_link,
        talk::show,
        talk::begin,
        audio::audio,
        webrtc::show,
        webrtc::offer,
        webrtc::change,
        webrtc::end,
        web_audio::end,
    ),
    tags((name = "talk links", description = "Addresses at which anybody can talk with the assistant in their browser"))
)]
pub(super) struct Talk;
