//! Lines: how a message reaches an actor that can die and be restarted.
//!
//! A line leads to a mailbox that belongs to the state that its actor looks after, and not to the actor. When the
//! actor dies, the mailbox goes to the next one, with all waiting messages. So nothing holds an actor's address,
//! nothing has to be redirected, and messages wait meanwhile. The message at which an actor died was taken out
//! before, and does not come again.
//!
//! | file | subject |
//! | --- | --- |
//! | `line/room.rs` | the bounded channel of a line |
//! | `line/when_full.rs` | which kinds of messages may be lost when that bound is reached |

mod room;
mod seat;
mod when_full;

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use actix::Message;
use cordboard_schema::agent::Intent;
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{DeskId, OrganizationId, UserId};
use cordboard_schema::limits::{
    CALL_KEYS_WAITING_MAX, CALL_MAILBOX_MAX, CONTROL_ORDERS_MAX, DESK_EVENTS_WAITING_MAX, LEG_ORDERS_MAX,
    SWITCH_MAILBOX_MAX, TWILIO_REQUESTS_WAITING_MAX,
};
use cordboard_schema::time::UnixMs;
use tokio::sync::{mpsc, oneshot};
use tracing::error;

use self::room::{Bounds, LineSender, NotTaken};
use crate::messages::{
    OpenDesk, Seated, ToCall, ToControl, ToDesk, ToLeg, ToPorts, ToRegistry, ToRouter, ToSwitch, ToTwilio,
};
use crate::twilio::RestFault;

pub use self::room::{Mailbox, WhenFull};
pub use self::seat::Seat;
pub(crate) use self::when_full::may_be_missed;

/// Messages that found no room since the start of the process, on all lines together.
static REFUSED: AtomicU64 = AtomicU64::new(0);

/// The number of messages that found no room on their line since the start of the process: something was stuck.
pub fn messages_refused() -> u64 {
    REFUSED.load(Ordering::Relaxed)
}

/// Logs occasionally that a line is full: one line for each message would flood the log as well.
fn note_refusal(line: &'static str) {
    let refused = REFUSED.fetch_add(1, Ordering::Relaxed) + 1;
    if refused.is_power_of_two() {
        error!(line, refused, "a line is full: a message is lost");
    }
}

/// The line to a call, held by legs, assistants, recorder and registry. It never blocks. If [`CALL_MAILBOX_MAX`]
/// messages wait, further ones are lost and counted, except those that end something ([`WhenFull`]). A call that has
/// missed anything other than a key or a question gets a report, at that place in its mailbox.
#[derive(Clone, Debug)]
pub struct CallLine {
    way: LineSender<ToCall>,
    missed: Arc<Missed>,
}

/// Messages that a call has missed, and that were not reported to it yet.
#[derive(Debug, Default)]
struct Missed {
    count: AtomicU64,
    /// The place of the first one's kind in [`Fact::KINDS`].
    first: AtomicUsize,
}

impl Missed {
    /// Counts one more, of this kind. Returns whether it is the first.
    fn note(&self, kind: &'static str) -> bool {
        let is_first = self.count.fetch_add(1, Ordering::Relaxed) == 0;
        if is_first {
            let place = Fact::KINDS.iter().position(|known| *known == kind).unwrap_or(Fact::KINDS.len());
            self.first.store(place, Ordering::Relaxed);
        }
        is_first
    }
}

/// Why a call does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAnswered {
    /// It is over, or dies each time it handles the question.
    Over,
    /// Too many messages wait for it.
    Busy,
}

/// Mailbox of a [`CallLine`].
pub type CallMailbox = Mailbox<ToCall>;

impl CallLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, CallMailbox) {
        let (way, mailbox) = room::open(Bounds { missed: CALL_MAILBOX_MAX, lost: CALL_KEYS_WAITING_MAX });
        (Self { way, missed: Arc::default() }, mailbox)
    }

    /// Sends the call a message; a call that is over receives nothing.
    pub fn tell(&self, message: ToCall) {
        // The loss was counted, and reported to whom it concerns.
        let _ = self.try_send(message);
    }

    fn try_send(&self, message: ToCall) -> Result<(), NotTaken> {
        let kind = message.kind();
        self.way.send(message).inspect_err(|error| {
            note_full("call", *error);
            if *error == NotTaken::Full(WhenFull::Missed) && self.missed.note(kind) {
                // A call that is over by now has missed nothing.
                let _ = self.way.send(ToCall::FactsMissed);
            }
        })
    }

    /// The messages that the call has lost, for the call itself: the number of messages, and the kind of the first. It is reported once.
    pub(crate) fn missed(&self) -> (u64, &'static str) {
        let count = self.missed.count.swap(0, Ordering::Relaxed);
        let first = Fact::KINDS.get(self.missed.first.load(Ordering::Relaxed));
        (count, first.copied().unwrap_or_default())
    }

    /// Sends the call a fact.
    pub fn fact(&self, fact: Fact) {
        self.tell(ToCall::Fact(fact));
    }

    /// Asks the call a question, in a message that contains the place for the answer. If the call's actor dies while
    /// handling it, it is sent once more.
    ///
    /// # Errors
    /// The call is over, or its actors die each time; or it has no room for a question.
    pub(crate) async fn ask<T>(
        &self,
        message: impl Fn(oneshot::Sender<T>) -> ToCall,
    ) -> Result<T, NotAnswered> {
        for _ in 0..2 {
            let (reply, answer) = oneshot::channel();
            if let Err(NotTaken::Full(_)) = self.try_send(message(reply)) {
                return Err(NotAnswered::Busy);
            }
            if let Ok(answer) = answer.await {
                return Ok(answer);
            }
        }
        Err(NotAnswered::Over)
    }

    /// Number of waiting messages.
    pub fn waiting(&self) -> usize {
        self.way.waiting()
    }
}

/// The line to a leg. The leg ends in order when the last clone of it is dropped.
#[derive(Clone, Debug)]
pub struct LegLine {
    orders: LineSender<ToLeg>,
    record: Arc<LegRecord>,
}

/// Mailbox of a [`LegLine`].
pub type LegOrders = Mailbox<ToLeg>;

/// Knowledge about a leg that outlives its actors.
#[derive(Debug, Default)]
pub struct LegRecord {
    /// How its connection ended; written before the report to the call.
    pub left: OnceLock<LegEnd>,
    /// Number of restarts of its actor.
    pub restarts: AtomicU32,
}

impl LegLine {
    /// Opens a line. Returns it with the orders that it brings, and the record of its leg.
    pub fn open() -> (Self, LegOrders, Arc<LegRecord>) {
        let (line, orders) = room::open(Bounds::of(LEG_ORDERS_MAX));
        let record = Arc::<LegRecord>::default();
        (Self { orders: line, record: Arc::clone(&record) }, orders, record)
    }

    /// Gives the leg an order. Returns whether it gets it: the leg exists, and the order is not one that is lost
    /// because too many wait.
    pub fn order(&self, order: ToLeg) -> bool {
        self.orders.send(order).inspect_err(|error| note_full("leg", *error)).is_ok()
    }

    /// How the leg's connection ended, once it has.
    pub fn left(&self) -> Option<LegEnd> {
        self.record.left.get().copied()
    }

    /// Number of restarts of the leg's actor.
    pub fn restarts(&self) -> u32 {
        self.record.restarts.load(Ordering::Relaxed)
    }
}

/// The line to a control connection that a switch opened for a call. The connection ends in order when the last clone
/// of the line is dropped.
#[derive(Clone, Debug)]
pub struct ControlLine(LineSender<ToControl>);

/// Mailbox of a [`ControlLine`].
pub type ControlOrders = Mailbox<ToControl>;

impl ControlLine {
    /// Opens a line. Returns it with the orders that it brings.
    pub fn open() -> (Self, ControlOrders) {
        let (line, orders) = room::open(Bounds::of(CONTROL_ORDERS_MAX));
        (Self(line), orders)
    }

    /// Gives the connection an order. Returns whether it gets it.
    pub fn order(&self, order: ToControl) -> bool {
        self.0.send(order).inspect_err(|error| note_full("control", *error)).is_ok()
    }
}

/// The line to the actor of a switch, which serves every call whose channel the switch has.
#[derive(Clone, Debug)]
pub struct SwitchLine(LineSender<ToSwitch>);

/// Mailbox of a [`SwitchLine`].
pub type SwitchMailbox = Mailbox<ToSwitch>;

impl SwitchLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, SwitchMailbox) {
        let (line, mailbox) = room::open(Bounds::of(SWITCH_MAILBOX_MAX));
        (Self(line), mailbox)
    }

    /// Sends the switch's actor a message. Returns whether it was accepted.
    pub fn tell(&self, message: ToSwitch) -> bool {
        self.0.send(message).inspect_err(|error| note_full("switch", *error)).is_ok()
    }
}

/// The line to the actor of a Twilio account.
#[derive(Clone, Debug)]
pub struct TwilioLine(LineSender<ToTwilio>);

/// Mailbox of a [`TwilioLine`].
pub type TwilioMailbox = Mailbox<ToTwilio>;

impl TwilioLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, TwilioMailbox) {
        let (line, mailbox) = room::open(Bounds::of(TWILIO_REQUESTS_WAITING_MAX));
        (Self(line), mailbox)
    }

    /// Sends the account's actor a message.
    ///
    /// # Errors
    /// The actor accepts no more messages, or too many wait.
    pub fn tell(&self, message: ToTwilio) -> Result<(), RestFault> {
        self.0.send(message).inspect_err(|error| note_full("Twilio", *error)).map_err(|error| match error {
            NotTaken::Full(_) => RestFault::Full,
            NotTaken::Closed => RestFault::Closed,
        })
    }
}

fn note_full(line: &'static str, error: NotTaken) {
    if matches!(error, NotTaken::Full(_)) {
        note_refusal(line);
    }
}

/// The line to the registry. It has no bound of its own, because the number of its senders limits the waiting
/// messages (handshakes of the listener, HTTP connections and calls), and because a call whose actor died must not be
/// lost on its way.
#[derive(Clone, Debug)]
pub struct RegistryLine(mpsc::UnboundedSender<ToRegistry>);

/// Mailbox of a [`RegistryLine`].
pub type RegistryMailbox = mpsc::UnboundedReceiver<ToRegistry>;

/// A request to the registry, and the receiver of its answer.
#[derive(Debug)]
pub struct PendingRequest<M: Message> {
    /// The request.
    pub request: M,
    /// Dropped without an answer if the registry died while handling the request.
    pub reply: oneshot::Sender<M::Result>,
}

/// Why a request to the registry has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The server is going down.
    #[error("the registry has ended")]
    Ended,
    /// The registry died while handling this request, and was restarted. The request is not repeated automatically.
    #[error("the registry failed at the request")]
    Failed,
}

impl RegistryLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, RegistryMailbox) {
        let (line, mailbox) = mpsc::unbounded_channel();
        (Self(line), mailbox)
    }

    /// Sends the registry a request. The request is already on its way when this function returns.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn ask<M>(&self, request: M) -> impl Future<Output = Result<M::Result, NoAnswer>> + use<M>
    where
        M: Message<Result: Send>,
        ToRegistry: From<PendingRequest<M>>,
    {
        let (reply, answer) = oneshot::channel();
        let is_sent = self.tell(PendingRequest { request, reply }.into());
        async move {
            if !is_sent {
                return Err(NoAnswer::Ended);
            }
            answer.await.map_err(|_| NoAnswer::Failed)
        }
    }

    /// Sends the registry a message. Returns whether there still is a registry.
    pub fn tell(&self, message: ToRegistry) -> bool {
        self.0.send(message).is_ok()
    }
}

/// The line to the actor of leased ports. It has no bound of its own, because the number of its senders limits the
/// waiting messages (HTTP connections, handshakes of leased ports, and leases), and because a port that is given back
/// must not be lost on its way.
#[derive(Clone, Debug)]
pub struct PortLine(mpsc::UnboundedSender<ToPorts>);

/// Mailbox of a [`PortLine`].
pub type PortMailbox = mpsc::UnboundedReceiver<ToPorts>;

impl PortLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, PortMailbox) {
        let (line, mailbox) = mpsc::unbounded_channel();
        (Self(line), mailbox)
    }

    /// Sends the actor a request. The request is already on its way when this function returns. None if the server is
    /// going down, or the actor died while handling this request.
    pub fn ask<M>(&self, request: M) -> impl Future<Output = Option<M::Result>> + use<M>
    where
        M: Message<Result: Send>,
        ToPorts: From<PendingRequest<M>>,
    {
        let (reply, answer) = oneshot::channel();
        self.tell(PendingRequest { request, reply }.into());
        async move { answer.await.ok() }
    }

    /// Sends the actor a message; an actor that has ended receives nothing.
    pub fn tell(&self, message: ToPorts) {
        let _ = self.0.send(message);
    }
}

/// The line to the router. It has no bound of its own, because the number of its senders limits the waiting messages
/// (desks and calls), and because the end of an offered call must not be lost on its way.
#[derive(Clone, Debug)]
pub struct RouterLine {
    router: mpsc::UnboundedSender<ToRouter>,
    /// The opener of a desk numbers it, so that each desk can be closed before the router has answered.
    desks_numbered: Arc<AtomicU64>,
}

/// Mailbox of a [`RouterLine`].
pub type RouterMailbox = mpsc::UnboundedReceiver<ToRouter>;

impl RouterLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, RouterMailbox) {
        let (router, mailbox) = mpsc::unbounded_channel();
        (Self { router, desks_numbered: Arc::default() }, mailbox)
    }

    /// Opens a desk of this agent, with this intent if it is their first one, and with the time since which they had
    /// been idle before, if the desk says so. `line` gets its events. The router learns that the desk is closed when
    /// the seat is dropped, wherever that happens: also before it has answered with the floor's state.
    pub fn sit_down(
        &self,
        organization_id: OrganizationId,
        user_id: UserId,
        (intent, idle_since): (Intent, Option<UnixMs>),
        line: DeskLine,
    ) -> (Seat, impl Future<Output = Option<Seated>> + use<>) {
        let desk = DeskId(self.desks_numbered.fetch_add(1, Ordering::Relaxed) + 1);
        let seat = Seat::new(self.clone(), organization_id, user_id, desk);
        (seat, self.ask(OpenDesk { organization_id, user_id, desk, intent, idle_since, line }))
    }

    /// Sends the router a request. The request is already on its way when this function returns. None if the server
    /// is going down, or the router died while handling this request.
    pub fn ask<M>(&self, request: M) -> impl Future<Output = Option<M::Result>> + use<M>
    where
        M: Message<Result: Send>,
        ToRouter: From<PendingRequest<M>>,
    {
        let (reply, answer) = oneshot::channel();
        self.tell(PendingRequest { request, reply });
        async move { answer.await.ok() }
    }

    /// Whether there still is a router.
    pub fn is_open(&self) -> bool {
        !self.router.is_closed()
    }

    /// Sends the router a message. Returns whether there still is a router.
    pub fn tell(&self, message: impl Into<ToRouter>) -> bool {
        self.router.send(message.into()).is_ok()
    }
}

/// The line to a desk. It never blocks: a desk that leaves [`DESK_EVENTS_WAITING_MAX`] messages unread gets no more,
/// and learns from the end of its line that it has to start again.
#[derive(Clone, Debug)]
pub struct DeskLine(mpsc::Sender<ToDesk>);

/// Mailbox of a [`DeskLine`].
pub type DeskMailbox = mpsc::Receiver<ToDesk>;

impl DeskLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, DeskMailbox) {
        let (line, mailbox) = mpsc::channel(DESK_EVENTS_WAITING_MAX);
        (Self(line), mailbox)
    }

    /// Sends the desk a message. Returns false if the desk is gone, or has left too many unread.
    pub fn tell(&self, message: ToDesk) -> bool {
        self.0.try_send(message).is_ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use cordboard_schema::digit::Digit;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_leg_that_takes_no_orders_is_still_released() {
        let (line, mut orders, _record) = LegLine::open();
        let digits = || ToLeg::SendDtmf(vec![Digit::ONE]);
        let ordered = (0..10 * LEG_ORDERS_MAX).filter(|_| line.order(digits())).count();
        assert_eq!(ordered, LEG_ORDERS_MAX, "it reports that the others are not played");
        assert!(line.order(ToLeg::Release));
        let last = std::iter::from_fn(|| orders.try_recv().ok()).last();
        assert!(matches!(last, Some(ToLeg::Release)));
        drop(orders);
        assert!(!line.order(ToLeg::Release), "the leg is gone");
    }

    #[test]
    fn a_busy_switch_accepts_endings_and_refuses_new_work() {
        let (line, mut mailbox) = SwitchLine::open();
        let (reply, _) = oneshot::channel();
        assert!(line.tell(ToSwitch::Ask(reply)));
        let channel = Uuid::nil();
        (0..SWITCH_MAILBOX_MAX).for_each(|_| assert!(line.tell(ToSwitch::Unwatch { channel })));
        let (reply, answer) = oneshot::channel();
        assert!(!line.tell(ToSwitch::Ask(reply)));
        drop(answer);
        assert!(line.tell(ToSwitch::StopDialling { channel }));
        let last = std::iter::from_fn(|| mailbox.try_recv().ok()).last();
        assert!(matches!(last, Some(ToSwitch::StopDialling { .. })));
    }
}
