//! `/call`: the media streams of Twilio, one WebSocket for each.
//!
//! The socket stays with its worker, and passes texts between Twilio and the leg, which runs on its call's arbiter. Nothing is sent before the stream
//! has sent its token.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::media::MessagePipe;
use cordboard_actors::messages::AudioArrived;
use cordboard_actors::twilio::let_in;
use cordboard_schema::limits::{TWILIO_MESSAGE_BYTES_MAX, TWILIO_PIPE_MESSAGES_MAX, TWILIO_STALL_MS_MAX};

use super::carry::carry;
use super::close_handshake::PeerGoodbye;
use crate::web::WebState;
use crate::web::arriving::arrival;
use crate::web::problem::ApiError;
use crate::web::webhook::twilio::handshake;

const STALL_LIMIT: Duration = Duration::from_millis(TWILIO_STALL_MS_MAX);

/// Opens a media stream.
///
/// Twilio opens it for `<Connect><Stream>`, signed like its webhooks. Its `start` has to bring the one-time token of the TwiML as a parameter within
/// 5 s. If too many streams are waiting for theirs, the oldest is closed.
#[utoipa::path(
    get,
    operation_id = "open_media_stream",
    path = "/call",
    tag = "twilio",
    security(()),
    responses(
        (status = 101, description = "The socket is open; Twilio's Media Streams are spoken on it"),
        (status = 403, description = "`bad_signature`: the handshake is not Twilio's"),
        (status = 404, description = "There is no Twilio account"),
        (status = 426, description = "The request does not open a WebSocket"),
        (status = 503, description = "The maximum number of WebSockets is open"),
    )
)]
pub(crate) async fn call(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let passes = handshake(&state, &request)?;
    let (response, session, messages) =
        actix_ws::handle(&request, body).map_err(|error| ApiError::NoUpgrade(error.to_string()))?;
    let (opening, waiting) =
        (state.ledger.handshakes_twilio.one_more(), state.streams_waiting.enter(&request));
    let messages = messages
        .max_frame_size(TWILIO_MESSAGE_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(TWILIO_MESSAGE_BYTES_MAX);
    let peer = arrival(&request).client_socket();
    let (pipe, end) = MessagePipe::open(TWILIO_PIPE_MESSAGES_MAX);
    actix_web::rt::spawn(carry(session, messages, end, STALL_LIMIT, PeerGoodbye::of(&request)));
    let registry = state.registry.clone();
    actix_web::rt::spawn(async move {
        // If it is not wanted, it is dropped and the pipe closes the socket.
        let outcome = let_in(pipe, &passes, peer).await;
        drop(waiting);
        match outcome {
            Ok(stream) => {
                let call = stream.call.clone();
                // If no call takes it, the registry has sent the reason.
                if let Err(cause) = registry.ask(AudioArrived(Box::new(stream))).await {
                    tracing::warn!(%peer, %call, %cause, "a stream of Twilio was closed");
                }
            }
            Err(turned_away) => tracing::warn!(%peer, %turned_away, "a stream of Twilio was closed"),
        }
        drop(opening);
    });
    Ok(response)
}
