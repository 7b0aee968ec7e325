//! `/ws/control`: programs command calls and receive their events over one WebSocket. `/api/asyncapi.json` describes the messages.
//!
//! ```text
//! socket ──commands──> SocketActor ───run──> what the HTTP API does
//!                          │ answers, pongs, subscriptions: 256 and 8 MiB at most
//! socket <──writer task <──┴── events from the live view's hub: 256 at most
//! ```
//! Commands are begun in the order in which they come, and answered when they are done, so answers may come in another order. The actor never waits
//! for the socket: the writer closes one that reads too slowly.

mod asyncapi;
mod run;

use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::CloseCode;
use bytes::Bytes;
use cordboard_schema::wire::control::{Answer, Command, CommandId, Fault, NotACommand, Request, Subscribe};
use serde_json::json;

use super::actor::{Served, SocketActor, no_room};
use super::writer::{self, Order};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::live::Following;
use crate::web::problem::{self, ApiError};

/// Characters of the reason why a message is no command. It quotes names from the message, which may be very long.
const WHY_CHARS_MAX: usize = 300;

/// Opens the control socket.
///
/// A WebSocket of JSON messages: commands with an `id` that the program chooses, one answer to each, and events of the subscribed topics. At most 32
/// sockets of an organization are open at once, 16 of one user or token, and 128 in all; a message has at most 200,704 bytes.
#[utoipa::path(
    get,
    operation_id = "open_control_socket",
    path = "/ws/control",
    tag = "control",
    responses(
        (status = 101, description = "The socket is open; `/api/asyncapi.json` describes its messages"),
        (status = 403, description = "With a session's cookie, from a page of another site"),
        (status = 426, description = "The request does not open a WebSocket"),
        (status = 429, description = "Your organization or you have used up your share of sockets (`share_used_up`)"),
        (status = 503, description = "Too many sockets are open"),
    )
)]
pub(crate) async fn control(
    state: web::Data<WebState>,
    caller: Caller,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let share = state.shares.control_sockets.take(&caller)?;
    let place = state.sockets.place(&state.ledger.control_sockets, share);
    let served = Control { is_subscribing: false };
    SocketActor::open(served, WebState::clone(&state), caller, place, (&request, body))
}

/// Returns the description of the control socket.
#[utoipa::path(
    get,
    operation_id = "get_control_document",
    path = "/api/asyncapi.json",
    tag = "health",
    security(()),
    responses((status = 200, description = "AsyncAPI 3.0", body = Object))
)]
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text())
}

/// The document as it is sent.
pub(in crate::web) fn text() -> Bytes {
    asyncapi::DOCUMENT.clone()
}

/// Socket of a program.
struct Control {
    /// Whether a subscription is being changed.
    is_subscribing: bool,
}

impl Served for Control {
    fn take(socket: &mut SocketActor<Self>, text: &str, ctx: &mut Context<SocketActor<Self>>) {
        match Request::<Command>::parse(text) {
            Err(NotACommand { id, fault }) => socket.refuse(id, &not_a_command(fault)),
            Ok(Request { id, .. }) if socket.is_busy(&id) => {}
            Ok(Request { id, command }) => {
                tracing::debug!(command = command.name(), "a command over the control socket");
                socket.begin(id, command, ctx);
            }
        }
    }
}

impl SocketActor<Control> {
    fn begin(&mut self, id: CommandId, command: Command, ctx: &mut Context<Self>) {
        match command {
            Command::Subscribe(_) | Command::Unsubscribe(_) if self.served.is_subscribing => {
                let detail = "a subscription is being changed on this socket: wait for its answer";
                self.refuse(Some(id), &ApiError::conflict("subscription_under_way", detail));
            }
            Command::Subscribe(Subscribe { topics, .. }) if topics.is_empty() => {
                let fault = problem::Fault::of("topics", "must name one topic at least");
                self.refuse(Some(id), &ApiError::Invalid(vec![fault]));
            }
            Command::Subscribe(subscribe) => self.subscribe(id, subscribe, ctx),
            Command::Unsubscribe(_) => {
                self.order(Order::Unfollow(writer::text(&Answer::done(id, json!({})))))
            }
            command => {
                let (state, caller) = (self.state.clone(), self.caller.clone());
                self.answer_after(id, async move { run::run(&state, &caller, command).await }, ctx);
            }
        }
    }

    fn subscribe(&mut self, id: CommandId, asked: Subscribe, ctx: &mut Context<Self>) {
        self.in_flight += 1;
        self.served.is_subscribing = true;
        let (state, caller, room) = (self.state.clone(), self.caller.clone(), Arc::clone(&self.room));
        let work = async move {
            let following = state.live.follow(&state, &caller, asked.topics, asked.after).await?;
            // If a program subscribes repeatedly and reads nothing, first events are limited in the same way as other answers.
            let room = writer::room_for(room, following.first_bytes()).await;
            Ok::<_, ApiError>((following, room))
        };
        ctx.spawn(work.into_actor(self).map(|outcome, this, _| {
            this.in_flight -= 1;
            this.served.is_subscribing = false;
            match outcome {
                Ok((following, Some(room))) => {
                    let Following { resumed, seq, .. } = following;
                    let answer = Answer::done(id, json!({ "resumed": resumed, "seq": seq }));
                    this.order(Order::Follow {
                        answer: writer::text(&answer),
                        following: Box::new(following),
                        room,
                    });
                }
                Ok((_, None)) => this.close(CloseCode::Again, &no_room()),
                Err(error) => this.refuse(Some(id), &error),
            }
        }));
    }
}

/// Why a message is no command, as the HTTP API would describe a body.
pub(super) fn not_a_command(fault: Fault) -> ApiError {
    match fault {
        Fault::NotJson(_) | Fault::NoId(_) => ApiError::BadInput(shortened(fault.to_string())),
        Fault::NotThisWay(why) => {
            let why = format!("is not as it must be: {}", shortened(why));
            ApiError::Invalid(vec![problem::Fault::of("command", why)])
        }
    }
}

/// The text, cut if it is too long.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(WHY_CHARS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}
