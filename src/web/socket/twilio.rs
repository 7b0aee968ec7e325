//! `/call`: the media streams of Twilio, one WebSocket for each.
//!
//! The socket stays with its worker, and passes texts both ways between Twilio and the leg, which lives on its call's
//! arbiter. Nothing is sent before the stream has shown its token.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Session};
use cordboard_actors::media::{PipeEnd, PipedMessage, TextPipe};
use cordboard_actors::messages::MediaStreamArrived;
use cordboard_actors::twilio::let_in;
use cordboard_schema::limits::{
    TWILIO_HANDSHAKES_MAX, TWILIO_MESSAGE_BYTES_MAX, TWILIO_PIPE_MESSAGES_MAX, TWILIO_STALL_MS_MAX,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::web::WebState;
use crate::web::problem::ApiError;
use crate::web::webhook::twilio::handshake;

/// How long Twilio may take for its half of a goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);

const STALL_LIMIT: Duration = Duration::from_millis(TWILIO_STALL_MS_MAX);

/// Opens a media stream.
///
/// Twilio opens it for `<Connect><Stream>`, signed as its webhooks are. Within 5 s its `start` has to bring the one-time token
/// of the TwiML as a parameter.
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
        (status = 426, description = "The request opens no WebSocket"),
        (status = 503, description = "Too many streams are being opened"),
    )
)]
pub(crate) async fn call(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let passes = handshake(&state, &request)?;
    let opening = state.ledger.handshakes.one_more();
    if state.ledger.handshakes.now() > TWILIO_HANDSHAKES_MAX {
        return Err(ApiError::Unavailable("too many streams are being opened".to_owned()));
    }
    let (response, session, messages) =
        actix_ws::handle(&request, body).map_err(|error| ApiError::NoUpgrade(error.to_string()))?;
    let messages = messages
        .max_frame_size(TWILIO_MESSAGE_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(TWILIO_MESSAGE_BYTES_MAX);
    let peer = request.peer_addr().unwrap_or(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    let (pipe, end) = TextPipe::open(TWILIO_PIPE_MESSAGES_MAX);
    actix_web::rt::spawn(carry(session, messages, end));
    let registry = state.registry.clone();
    actix_web::rt::spawn(async move {
        // Dropped where it is not wanted, the pipe closes the socket.
        match let_in(pipe, &passes, peer).await {
            Ok(stream) => {
                let call = stream.call.clone();
                if !matches!(registry.ask(MediaStreamArrived(stream)).await, Ok(Ok(()))) {
                    tracing::info!(%peer, %call, "a stream of Twilio was closed: its call is over");
                }
            }
            Err(turned_away) => tracing::warn!(%peer, %turned_away, "a stream of Twilio was closed"),
        }
        drop(opening);
    });
    Ok(response)
}

/// Carries messages both ways until either side ends.
async fn carry(session: Session, mut messages: AggregatedMessageStream, end: PipeEnd) {
    let PipeEnd { incoming, outgoing } = end;
    let mut pongs = session.clone();
    let reading = read(&mut messages, &incoming, &mut pongs);
    let writing = write(session, outgoing);
    tokio::select! {
        () = reading => return,
        () = writing => {}
    }
    // What Twilio still says is not read any more, but for its goodbye.
    drop(incoming);
    let goodbye = async { while let Some(Ok(_)) = messages.recv().await {} };
    if timeout(GOODBYE_LIMIT, goodbye).await.is_err() {
        tracing::debug!("Twilio did not say goodbye in time");
    }
}

async fn read(
    messages: &mut AggregatedMessageStream,
    incoming: &mpsc::Sender<PipedMessage>,
    pongs: &mut Session,
) {
    while let Some(message) = messages.recv().await {
        let passed_on = match message {
            Ok(AggregatedMessage::Text(text)) => incoming.send(PipedMessage::Text(text.to_string())).await,
            Ok(AggregatedMessage::Binary(_)) => incoming.send(PipedMessage::Binary).await,
            Ok(AggregatedMessage::Ping(payload)) => {
                let _ = pongs.pong(&payload).await;
                Ok(())
            }
            Ok(AggregatedMessage::Pong(_)) => Ok(()),
            Ok(AggregatedMessage::Close(_)) => return,
            Err(error) => {
                tracing::debug!(%error, "a stream of Twilio broke");
                return;
            }
        };
        if passed_on.is_err() {
            // The leg wants no more: the writer says goodbye.
            return std::future::pending().await;
        }
    }
}

async fn write(mut session: Session, mut outgoing: mpsc::Receiver<String>) {
    while let Some(text) = outgoing.recv().await {
        if !matches!(timeout(STALL_LIMIT, session.text(text)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = timeout(STALL_LIMIT, session.close(Some(CloseCode::Normal.into()))).await;
}
