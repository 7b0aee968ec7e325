//! `/ws/control`: programs command calls and are told of them, over one WebSocket. `/api/asyncapi.json` describes the
//! messages.
//!
//! ```text
//! socket ──commands──> ControlActor ──run──> what the HTTP API does
//!                          │ answers, pongs, subscriptions: 256 and 8 MiB at most
//! socket <──writer task <──┴── events from the live view's hub: 256 at most
//! ```
//! Commands are begun in the order in which they come and answered when they are done, so answers may come in another one.
//! The actor never waits for the socket: one that takes too little is closed by the writer.

mod asyncapi;
mod pace;
mod run;
mod writer;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, StreamHandler, WrapFuture};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason, ProtocolError};
use cordboard_schema::limits::{
    CONTROL_END_MS_MAX, CONTROL_FRAME_BYTES_MAX, CONTROL_IN_FLIGHT_MAX, CONTROL_MESSAGES_PER_S_MAX,
    CONTROL_PING_MS, CONTROL_SILENT_MS_MAX, CONTROL_SOCKETS_MAX, CONTROL_WAITING_BYTES_MAX,
    CONTROL_WAITING_MAX, SESSION_LOOK_MS,
};
use cordboard_schema::wire::control::{Answer, Command, CommandId, Fault, NotACommand, Request, Subscribe};
use futures_util::stream;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use self::pace::{Admission, Pace};
use self::writer::{Ending, Order};
use super::Place;
use crate::web::WebState;
use crate::web::accounts::SignedIn;
use crate::web::caller::Caller;
use crate::web::live::Following;
use crate::web::problem::{self, ApiError};

/// Characters of why a message is no command: the reason holds names of the message, which may be as long as that.
const WHY_CHARS_MAX: usize = 300;

/// Opens the control socket.
///
/// A WebSocket of JSON messages: commands with an `id` of the program's choice, one answer to each, and events of what was
/// subscribed to. At most 64 sockets are open at once; a message has at most 200,704 bytes.
#[utoipa::path(
    get,
    operation_id = "open_control_socket",
    path = "/ws/control",
    tag = "control",
    responses(
        (status = 101, description = "The socket is open; `/api/asyncapi.json` describes its messages"),
        (status = 403, description = "By a session's cookie, from a page of another site"),
        (status = 426, description = "The request opens no WebSocket"),
        (status = 503, description = "Too many sockets are open"),
    )
)]
pub(crate) async fn control(
    state: web::Data<WebState>,
    caller: Caller,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let place = state.sockets.place(&state.ledger.control_sockets);
    if state.sockets.open() > CONTROL_SOCKETS_MAX {
        let detail = format!("{CONTROL_SOCKETS_MAX} control sockets are open, the most there may be");
        return Err(ApiError::Unavailable(detail));
    }
    let (response, session, messages) =
        actix_ws::handle(&request, body).map_err(|error| ApiError::NoUpgrade(error.to_string()))?;
    let messages = messages
        .max_frame_size(CONTROL_FRAME_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(CONTROL_FRAME_BYTES_MAX);
    ControlActor::open(WebState::clone(&state), caller, place, session, messages);
    Ok(response)
}

/// Describes the control socket.
#[utoipa::path(
    get,
    operation_id = "get_control_document",
    path = "/api/asyncapi.json",
    tag = "health",
    security(()),
    responses((status = 200, description = "AsyncAPI 3.0", body = Object))
)]
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(asyncapi::DOCUMENT.clone())
}

/// One program's socket.
struct ControlActor {
    state: WebState,
    caller: Caller,
    /// Its place, once the server goes down: before that the wait for it has it.
    place: Option<Place>,
    orders: mpsc::Sender<Order>,
    /// For the texts of answers that wait: as many permits as they may have bytes.
    room: Arc<Semaphore>,
    /// Ends the writer; none once it was used.
    ending: Option<oneshot::Sender<Ending>>,
    pace: Pace,
    in_flight: usize,
    /// Whether a subscription is being made or given up.
    is_subscribing: bool,
    /// Whether what comes can't be read any more.
    is_broken: bool,
    heard_at: Instant,
}

impl ControlActor {
    fn open(
        state: WebState,
        caller: Caller,
        place: Place,
        session: actix_ws::Session,
        messages: actix_ws::AggregatedMessageStream,
    ) {
        // A stream that has failed would fail at once again, for ever. With its connection it just ends.
        let messages = stream::unfold(Some(messages), |messages| async {
            let mut messages = messages?;
            match messages.recv().await? {
                Ok(message) => Some((Ok(message), Some(messages))),
                Err(error) => unreadable(&error).map(|reason| (Err(reason), None)),
            }
        });
        let (orders, waiting) = mpsc::channel(CONTROL_WAITING_MAX);
        let (ending, end) = oneshot::channel();
        Self::create(|ctx| {
            ctx.add_stream(messages);
            let down = actix::fut::wrap_future::<_, Self>(place.going_down());
            ctx.spawn(down.map(|place, this, _| {
                this.place = Some(place);
                this.close(CloseCode::Away, "the server is going down");
            }));
            let written = actix::fut::wrap_future::<_, Self>(writer::write(session, waiting, end));
            // The connection's end stops the actor; where that does not come, a while does.
            ctx.spawn(written.map(|(), _, ctx| {
                ctx.run_later(Duration::from_millis(CONTROL_END_MS_MAX), |_, ctx| ctx.stop());
            }));
            Self {
                state,
                caller,
                place: None,
                orders,
                room: Arc::new(Semaphore::new(CONTROL_WAITING_BYTES_MAX)),
                ending: Some(ending),
                pace: Pace::new(Instant::now()),
                in_flight: 0,
                is_subscribing: false,
                is_broken: false,
                heard_at: Instant::now(),
            }
        });
    }

    /// Whether nothing is taken any more.
    fn is_ending(&self) -> bool {
        self.ending.is_none() || self.orders.is_closed()
    }

    /// Whether the sign-in or token is over by which it was opened; then it is closed.
    fn is_signed_out(&mut self) -> bool {
        let is_over = self.caller.signed_in.as_ref().is_some_and(SignedIn::is_over);
        if is_over {
            self.close(CloseCode::Policy, "the session is over: sign in, and connect again");
        }
        is_over
    }

    /// Closes the socket.
    fn close(&mut self, code: CloseCode, reason: &str) {
        if let Some(ending) = self.ending.take() {
            let is_slow = code == CloseCode::Again;
            let reason = CloseReason { code, description: Some(reason.to_owned()) };
            // A writer that is gone has closed it.
            let _ = ending.send(Ending { reason, says_all: !is_slow });
        }
    }

    fn order(&mut self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.orders.try_send(order) {
            let reason = format!("too slow: {CONTROL_WAITING_MAX} answers wait to be read; connect again");
            self.close(CloseCode::Again, &reason);
        }
    }

    fn answer(&mut self, answer: &Answer) {
        self.order(Order::Answer(writer::text(answer).into()));
    }

    fn refuse(&mut self, id: Option<CommandId>, error: &ApiError) {
        self.answer(&Answer::refused(id, error.of_command()));
    }

    fn take(&mut self, text: &str, ctx: &mut Context<Self>) {
        match Request::parse(text) {
            Err(NotACommand { id, fault }) => self.refuse(id, &not_a_command(fault)),
            Ok(Request { id, .. }) if self.in_flight >= CONTROL_IN_FLIGHT_MAX => {
                let why = format!("{CONTROL_IN_FLIGHT_MAX} commands of this socket are being carried out");
                self.refuse(Some(id), &ApiError::TooManyCommands(why));
            }
            Ok(Request { id, command }) => {
                tracing::debug!(command = command.name(), "a command over the control socket");
                self.begin(id, command, ctx);
            }
        }
    }

    fn begin(&mut self, id: CommandId, command: Command, ctx: &mut Context<Self>) {
        match command {
            Command::Subscribe(_) | Command::Unsubscribe(_) if self.is_subscribing => {
                let detail = "a subscription is being made on this socket: wait for its answer";
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
                self.in_flight += 1;
                let (state, caller, room) = (self.state.clone(), self.caller.clone(), Arc::clone(&self.room));
                let work = async move {
                    let answer = match run::run(&state, &caller, command).await {
                        Ok(result) => Answer::done(id, result),
                        Err(error) => Answer::refused(Some(id), error.of_command()),
                    };
                    writer::with_room(room, writer::text(&answer)).await
                };
                ctx.spawn(work.into_actor(self).map(|answer, this, _| {
                    this.in_flight -= 1;
                    match answer {
                        Some(answer) => this.order(Order::Answer(answer)),
                        None => this.close(CloseCode::Again, &no_room()),
                    }
                }));
            }
        }
    }

    fn subscribe(&mut self, id: CommandId, asked: Subscribe, ctx: &mut Context<Self>) {
        self.in_flight += 1;
        self.is_subscribing = true;
        let (state, caller) = (self.state.clone(), self.caller.clone());
        let work = async move { state.live.follow(&state, &caller, asked.topics, asked.after).await };
        ctx.spawn(work.into_actor(self).map(|outcome, this, _| {
            this.in_flight -= 1;
            this.is_subscribing = false;
            match outcome {
                Ok(following) => {
                    let Following { resumed, seq, .. } = following;
                    let answer = Answer::done(id, json!({ "resumed": resumed, "seq": seq }));
                    this.order(Order::Follow {
                        answer: writer::text(&answer),
                        following: Box::new(following),
                    });
                }
                Err(error) => this.refuse(Some(id), &error),
            }
        }));
    }
}

/// Why a socket is closed whose answers pile up.
fn no_room() -> String {
    let mib = CONTROL_WAITING_BYTES_MAX / (1_024 * 1_024);
    format!("too slow: {mib} MiB of answers wait to be read; connect again")
}

/// Why a message is no command, as the HTTP API would say it of a body.
fn not_a_command(fault: Fault) -> ApiError {
    match fault {
        Fault::NotJson(_) | Fault::NoId(_) => ApiError::BadInput(shortened(fault.to_string())),
        Fault::NotThisWay(why) => {
            let why = format!("is not as it must be: {}", shortened(why));
            ApiError::Invalid(vec![problem::Fault::of("command", why)])
        }
    }
}

/// The text, or its beginning where it is too long.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(WHY_CHARS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Why what comes can't be read; none where the connection is gone.
fn unreadable(error: &ProtocolError) -> Option<CloseReason> {
    let too_long = || format!("a message may have {CONTROL_FRAME_BYTES_MAX} bytes at most");
    let (code, description) = match error {
        ProtocolError::Overflow => (CloseCode::Size, too_long()),
        ProtocolError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            (CloseCode::Invalid, "a text that is no UTF-8".to_owned())
        }
        // That is all that the library says of a message in pieces.
        ProtocolError::Io(error) if error.to_string() == "Exceeded maximum continuation size" => {
            (CloseCode::Size, too_long())
        }
        ProtocolError::Io(_) => return None,
        error => (CloseCode::Protocol, format!("not as WebSockets speak: {error}")),
    };
    Some(CloseReason { code, description: Some(description) })
}

impl Actor for ControlActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(Duration::from_millis(SESSION_LOOK_MS), |this, ctx| {
            if let Some(signed_in) = this.caller.signed_in.clone()
                && !this.is_signed_out()
            {
                ctx.spawn(signed_in.look().into_actor(this));
            }
        });
        ctx.run_interval(Duration::from_millis(CONTROL_PING_MS), |this, _| {
            if this.is_signed_out() {
                return;
            }
            if this.heard_at.elapsed() >= Duration::from_millis(CONTROL_SILENT_MS_MAX) {
                let silent_s = CONTROL_SILENT_MS_MAX / 1_000;
                let reason = format!("nothing was heard for {silent_s} s, not even a pong");
                this.close(CloseCode::Policy, &reason);
            } else {
                this.order(Order::Ping);
            }
        });
    }
}

impl StreamHandler<Result<AggregatedMessage, CloseReason>> for ControlActor {
    fn handle(&mut self, message: Result<AggregatedMessage, CloseReason>, ctx: &mut Context<Self>) {
        if self.is_ending() {
            return;
        }
        let now = Instant::now();
        self.heard_at = now;
        self.is_broken = message.is_err();
        let message = match message {
            Ok(AggregatedMessage::Pong(_)) => return,
            Ok(AggregatedMessage::Close(reason)) => {
                let code = reason.map_or(CloseCode::Normal, |reason| reason.code);
                return self.close(code, "");
            }
            Ok(message) => message,
            Err(CloseReason { code, description }) => {
                return self.close(code, &description.unwrap_or_default());
            }
        };
        // Not only at the next ping: nothing is done any more for who has signed out.
        if self.is_signed_out() {
            return;
        }
        match (self.pace.admit(now), message) {
            (Admission::Flood, _) => {
                let reason =
                    format!("messages kept coming, far more than {CONTROL_MESSAGES_PER_S_MAX} a second");
                self.close(CloseCode::Policy, &reason);
            }
            (Admission::Refused, AggregatedMessage::Text(text)) => {
                let why = format!("a socket may send {CONTROL_MESSAGES_PER_S_MAX} messages a second");
                self.refuse(Request::id_of(&text), &ApiError::TooManyCommands(why));
            }
            (Admission::Admitted, AggregatedMessage::Text(text)) => self.take(&text, ctx),
            (Admission::Admitted, AggregatedMessage::Ping(bytes)) => self.order(Order::Pong(bytes)),
            (_, AggregatedMessage::Binary(_)) => {
                self.close(CloseCode::Unsupported, "commands are text, one JSON object a message");
            }
            (_, AggregatedMessage::Ping(_) | AggregatedMessage::Pong(_) | AggregatedMessage::Close(_)) => {}
        }
    }

    /// The connection is gone. Where only what comes over it can't be read, the writer says why, and the end comes behind it.
    fn finished(&mut self, ctx: &mut Context<Self>) {
        if !self.is_broken {
            ctx.stop();
        }
    }
}
