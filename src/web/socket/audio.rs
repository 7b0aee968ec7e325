//! `/ws/audio`: the audio of browsers, one WebSocket for each party. `docs/web-audio.md` describes its messages.
//!
//! The address contains nothing that grants access: a client sends a one-time token in its first message, so that no log contains it. A page of a
//! site that no talk link lists is refused before that, and a token for a page of one site is only valid on pages of that site.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::media::MessagePipe;
use cordboard_actors::messages::AudioArrived;
use cordboard_actors::sign_ins::OpenedBy;
use cordboard_actors::web::let_in;
use cordboard_schema::limits::{
    WEB_AUDIO_PIPE_MESSAGES_MAX, WEB_AUDIO_SOUND_BYTES_MAX, WEB_AUDIO_STALL_MS_MAX,
};

use super::carry::carry;
use super::close_handshake::PeerGoodbye;
use crate::web::WebState;
use crate::web::accounts::Accounts;
use crate::web::api::talk::address;
use crate::web::arriving::arrival;
use crate::web::embedding::AskingPage;
use crate::web::problem::ApiError;

const STALL_LIMIT: Duration = Duration::from_millis(WEB_AUDIO_STALL_MS_MAX);

/// Opens the audio of a browser.
///
/// A `hello` with a one-time token, for instance of a talk link, has to come within 5 s. If too many sockets are waiting for theirs, the oldest is
/// closed. A message has at most 48,000 bytes.
#[utoipa::path(
    get,
    operation_id = "open_web_audio",
    path = "/ws/audio",
    tag = "talk links",
    security(()),
    responses(
        (status = 101, description = "The socket is open; `docs/web-audio.md` describes its messages"),
        (status = 403, description = "`foreign_origin`: no talk link lists the requesting page's site"),
        (status = 426, description = "The request does not open a WebSocket"),
        (status = 429, description = "Too many requests came from this address (`too_many_calls`); `Retry-After` says when to try again"),
        (status = 503, description = "The maximum number of WebSockets is open"),
    )
)]
pub(crate) async fn audio(
    state: web::Data<WebState>,
    accounts: web::Data<Accounts>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let page = AskingPage::of(&state, &request);
    let counted = matches!(page, AskingPage::Elsewhere(_)).then(|| address(&request));
    if let Some(address) = counted {
        state.talk.asked(address)?;
    }
    let from = page.may_come(&state).await?;
    let (response, session, messages) =
        actix_ws::handle(&request, body).map_err(|error| ApiError::NoUpgrade(error.to_string()))?;
    let (opening, waiting) = (state.ledger.handshakes_web.one_more(), state.browsers_waiting.enter(&request));
    let messages = messages
        .max_frame_size(WEB_AUDIO_SOUND_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(WEB_AUDIO_SOUND_BYTES_MAX);
    let peer = arrival(&request).client_socket();
    let (pipe, end) = MessagePipe::open(WEB_AUDIO_PIPE_MESSAGES_MAX);
    actix_web::rt::spawn(carry(session, messages, end, STALL_LIMIT, PeerGoodbye::of(&request)));
    let (registry, passes) = (state.registry.clone(), state.talk.passes.clone());
    actix_web::rt::spawn(async move {
        // A refused client gets the reason, and then the pipe closes the socket.
        let outcome = let_in(pipe, &passes, peer, from).await;
        drop(waiting);
        // All visitors in an office share an address, and their connections may come back together.
        if let (Some(address), Ok(audio)) = (counted, &outcome) {
            state.talk.named(address, audio.call.0);
        }
        match outcome {
            Ok(audio) if !still_opens(&state, &accounts, audio.opened_by).await => {
                tracing::info!(%peer, call = %audio.call, "a browser's audio was closed: its sign-in has ended");
                audio.refuse();
            }
            Ok(audio) => {
                let call = audio.call;
                // If no call takes it, the registry has sent the reason.
                if let Err(cause) = registry.ask(AudioArrived(Box::new(audio))).await {
                    tracing::warn!(%peer, %call, %cause, "a browser's audio was closed");
                }
            }
            Err(turned_away) => tracing::info!(%peer, %turned_away, "a browser's audio was closed"),
        }
        drop(opening);
    });
    Ok(response)
}

/// Whether the sign-in that opened the audio is still valid. A visitor's audio has none.
async fn still_opens(state: &WebState, accounts: &Accounts, opened_by: Option<OpenedBy>) -> bool {
    match opened_by {
        Some(OpenedBy { sign_in, .. }) => accounts.still_opens_audio(&state.store, sign_in).await,
        None => true,
    }
}
