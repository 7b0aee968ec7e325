//! Webhooks of Twilio.

use utoipa::OpenApi;

use crate::web::socket::twilio as stream;
use crate::web::webhook::twilio;

#[derive(OpenApi)]
#[openapi(
    paths(
        twilio::voice,
        twilio::next,
        twilio::status,
        twilio::messages::message,
        twilio::messages::message_status,
        twilio::documents::process_audio,
        twilio::documents::transfer,
        twilio::documents::dialled,
        twilio::documents::recorded,
        twilio::recording::recording,
        twilio::placed::answered,
        twilio::placed::placed_status,
        twilio::conference::person,
        twilio::conference::room,
        twilio::conference::over,
        stream::call
    ),
    tags((name = "twilio", description = "Twilio's requests and reports, each signed with the account's token"))
)]
pub(super) struct Twilio;
