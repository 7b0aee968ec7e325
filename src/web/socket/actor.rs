//! A WebSocket of JSON commands and answers, as an actor: what the control socket and the desk's have in common.
//!
//! ```text
//! socket ──commands──> SocketActor ──> what is served: programs, desks
//!                          │ answers, events, pongs: 256 and 8 MiB at most
//! socket <──writer task <──┘
//! ```
//! The actor never waits for the socket: the writer closes one that reads too slowly.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorContext, ActorFutureExt, ActorState, AsyncContext, Context, StreamHandler, WrapFuture,
};
use actix_web::error::PayloadError;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason, ProtocolError};
use cordboard_schema::limits::{
    CONTROL_END_MS_MAX, CONTROL_FRAME_BYTES_MAX, CONTROL_IN_FLIGHT_MAX, CONTROL_MESSAGES_PER_S_MAX,
    CONTROL_PING_MS, CONTROL_SILENT_MS_MAX, CONTROL_WAITING_BYTES_MAX, CONTROL_WAITING_MAX, SESSION_POLL_MS,
};
use cordboard_schema::wire::control::{Answer, CommandId, command_id};
use futures_util::stream;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use super::Place;
use super::close_handshake::PeerGoodbye;
use super::pace::{Admission, Pace};
use super::writer::{self, Ending, Order};
use crate::store::asked_by;
use crate::web::WebState;
use crate::web::accounts::SignedIn;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// Service of a socket.
pub(super) trait Served: Sized + Unpin + 'static {
    /// Handles a JSON message.
    fn take(socket: &mut SocketActor<Self>, text: &str, ctx: &mut Context<SocketActor<Self>>);

    /// The socket is open.
    fn opened(_: &mut SocketActor<Self>, _: &mut Context<SocketActor<Self>>) {}

    /// Its sign-in is looked at, every few seconds.
    fn looked_at(_: &mut SocketActor<Self>, _: &SignedIn, _: &mut Context<SocketActor<Self>>) {}
}

/// One socket.
pub(super) struct SocketActor<S: Served> {
    pub(super) served: S,
    pub(super) state: WebState,
    pub(super) caller: Caller,
    /// Its place, once the server stops; until then the future that waits for the stop has it.
    place: Option<Place>,
    orders: mpsc::Sender<Order>,
    /// For the texts of waiting answers and first events: one permit for each byte that they may have.
    pub(super) room: Arc<Semaphore>,
    /// Ends the writer; `None` once it was used.
    ending: Option<oneshot::Sender<Ending>>,
    pace: Pace,
    pub(super) in_flight: usize,
    /// Whether the incoming messages can't be read any more.
    is_broken: bool,
    heard_at: Instant,
    goodbye: PeerGoodbye,
}

impl<S: Served> SocketActor<S> {
    /// Opens the WebSocket that this request asks for, at its place; returns the answer to the request.
    ///
    /// # Errors
    /// The request opens none.
    pub(super) fn open(
        served: S,
        state: WebState,
        caller: Caller,
        place: Place,
        (request, body): (&HttpRequest, Payload),
    ) -> Result<HttpResponse, ApiError> {
        let (response, session, messages) =
            actix_ws::handle(request, body).map_err(|error| ApiError::NoUpgrade(error.to_string()))?;
        let goodbye = PeerGoodbye::of(request);
        let messages = messages
            .max_frame_size(CONTROL_FRAME_BYTES_MAX)
            .aggregate_continuations()
            .max_continuation_size(CONTROL_FRAME_BYTES_MAX);
        // A stream that has failed would fail again at once, for ever. If the connection is gone, the stream just ends.
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
            // The end of the connection stops the actor; if that does not come, a timeout does.
            ctx.spawn(written.map(|(), _, ctx| {
                ctx.run_later(Duration::from_millis(CONTROL_END_MS_MAX), |_, ctx| ctx.stop());
            }));
            Self {
                served,
                state,
                caller,
                place: None,
                orders,
                room: Arc::new(Semaphore::new(CONTROL_WAITING_BYTES_MAX)),
                ending: Some(ending),
                pace: Pace::new(Instant::now()),
                in_flight: 0,
                is_broken: false,
                heard_at: Instant::now(),
                goodbye,
            }
        });
        Ok(response)
    }

    /// Whether it no longer accepts anything.
    fn is_ending(&self) -> bool {
        self.ending.is_none() || self.orders.is_closed()
    }

    /// Whether the sign-in or token that opened it has ended; if so, it is closed.
    fn is_signed_out(&mut self) -> bool {
        let is_over = self.caller.signed_in.as_ref().is_some_and(SignedIn::is_over);
        if is_over {
            self.close(CloseCode::Policy, "the session is over: sign in, and connect again");
        }
        is_over
    }

    /// Closes the socket.
    pub(super) fn close(&mut self, code: CloseCode, reason: &str) {
        if let Some(ending) = self.ending.take() {
            let is_slow = code == CloseCode::Again;
            let reason = CloseReason { code, description: Some(reason.to_owned()) };
            // A writer that is gone has closed it.
            let _ = ending.send(Ending { reason, says_all: !is_slow });
        }
    }

    pub(super) fn order(&mut self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.orders.try_send(order) {
            let reason =
                format!("too slow: {CONTROL_WAITING_MAX} answers are waiting to be read; connect again");
            self.close(CloseCode::Again, &reason);
        }
    }

    pub(super) fn answer(&mut self, answer: &Answer) {
        self.order(Order::Answer(writer::text(answer).into()));
    }

    pub(super) fn refuse(&mut self, id: Option<CommandId>, error: &ApiError) {
        self.answer(&Answer::refused(id, error.of_command()));
    }

    /// Whether the maximum number of commands is running; then this one is refused.
    pub(super) fn is_busy(&mut self, id: &CommandId) -> bool {
        let is_busy = self.in_flight >= CONTROL_IN_FLIGHT_MAX;
        if is_busy {
            let why = format!("{CONTROL_IN_FLIGHT_MAX} commands of this socket are running");
            self.refuse(Some(id.clone()), &ApiError::TooManyCommands(why));
        }
        is_busy
    }

    /// Answers a command once this work is done. The work goes on if the socket ends before: a command that came is carried out, and is in the audit
    /// log.
    pub(super) fn answer_after(
        &mut self,
        id: CommandId,
        work: impl Future<Output = Result<Value, ApiError>> + 'static,
        ctx: &mut Context<Self>,
    ) {
        let share = match self.state.shares.requests.take(&self.caller) {
            Ok(share) => share,
            Err(error) => return self.refuse(Some(id), &error),
        };
        self.in_flight += 1;
        let room = Arc::clone(&self.room);
        let work = asked_by(self.caller.asker(), work);
        let work = actix_web::rt::spawn(async move {
            let outcome = work.await;
            drop(share);
            outcome
        });
        let answering = async move {
            let answer = match work.await.unwrap_or_else(|_| Err(failed())) {
                Ok(result) => Answer::done(id, result),
                Err(error) => Answer::refused(Some(id), error.of_command()),
            };
            writer::with_room(room, writer::text(&answer)).await
        };
        ctx.spawn(answering.into_actor(self).map(|answer, this, _| {
            this.in_flight -= 1;
            match answer {
                Some(answer) => this.order(Order::Answer(answer)),
                None => this.close(CloseCode::Again, &no_room()),
            }
        }));
    }
}

/// Error for a command whose work panicked.
fn failed() -> ApiError {
    ApiError::CommandUnknown("the server failed at this command; its log says why".to_owned())
}

/// Why a socket with too many waiting answers is closed.
pub(super) fn no_room() -> String {
    let mib = CONTROL_WAITING_BYTES_MAX / (1_024 * 1_024);
    format!("too slow: {mib} MiB of answers are waiting to be read; connect again")
}

/// Why the incoming bytes can't be read; `None` if the connection is gone.
fn unreadable(error: &ProtocolError) -> Option<CloseReason> {
    let too_long = || format!("a message may have {CONTROL_FRAME_BYTES_MAX} bytes at most");
    let (code, description) = match error {
        ProtocolError::Overflow => (CloseCode::Size, too_long()),
        ProtocolError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            (CloseCode::Invalid, "a text that is no UTF-8".to_owned())
        }
        // A frame whose header says that it is longer than allowed: its rest is not waited for.
        ProtocolError::Io(error) if matches!(broken_off(error), Some(PayloadError::Overflow)) => {
            (CloseCode::Size, too_long())
        }
        // The library's only text about a message in pieces.
        ProtocolError::Io(error) if error.to_string() == "Exceeded maximum continuation size" => {
            (CloseCode::Size, too_long())
        }
        ProtocolError::Io(_) => return None,
        error => (CloseCode::Protocol, format!("not a valid WebSocket message: {error}")),
    };
    Some(CloseReason { code, description: Some(description) })
}

/// Why the bytes of a socket have ended early; `None` if they have not.
fn broken_off(error: &io::Error) -> Option<&PayloadError> {
    error.get_ref().and_then(|cause| cause.downcast_ref())
}

impl<S: Served> Actor for SocketActor<S> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        // If its runtime ended before it began, the actor starts while it is being dropped, when no timer can be made any more.
        if ctx.state() == ActorState::Stopping {
            return;
        }
        S::opened(self, ctx);
        if let Some(signed_in) = self.caller.signed_in.clone() {
            let over = async move { signed_in.over().await };
            ctx.spawn(over.into_actor(self).map(|(), this, _| {
                this.is_signed_out();
            }));
        }
        ctx.run_interval(Duration::from_millis(SESSION_POLL_MS), |this, ctx| {
            if let Some(signed_in) = this.caller.signed_in.clone()
                && !this.is_signed_out()
            {
                S::looked_at(this, &signed_in, ctx);
                ctx.spawn(signed_in.recheck().into_actor(this));
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

impl<S: Served> StreamHandler<Result<AggregatedMessage, CloseReason>> for SocketActor<S> {
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
                self.goodbye.peer_closes();
                let code = reason.map_or(CloseCode::Normal, |reason| reason.code);
                return self.close(code, "");
            }
            Ok(message) => message,
            Err(CloseReason { code, description }) => {
                return self.close(code, &description.unwrap_or_default());
            }
        };
        // Not only at the next ping: nothing is done for a client that has signed out.
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
                self.refuse(command_id(&text), &ApiError::TooManyCommands(why));
            }
            (Admission::Admitted, AggregatedMessage::Text(text)) => S::take(self, &text, ctx),
            (Admission::Admitted, AggregatedMessage::Ping(bytes)) => self.order(Order::Pong(bytes)),
            (_, AggregatedMessage::Binary(_)) => {
                self.close(CloseCode::Unsupported, "commands are text, one JSON object a message");
            }
            (_, AggregatedMessage::Ping(_) | AggregatedMessage::Pong(_) | AggregatedMessage::Close(_)) => {}
        }
    }

    /// The connection is gone. If only its messages can't be read, the writer says why, and the end comes after that.
    fn finished(&mut self, ctx: &mut Context<Self>) {
        if !self.is_broken {
            ctx.stop();
        }
    }
}
