//! The actor of a Twilio account: its REST API, and the calls that we make there.
//!
//! ```text
//! calls ── ToSwitch ─────────────────────┐                 ┌── a task for each request, 16 at once ── HTTP ──> Twilio
//! tools ── ToTwilio::Ask ────────────────┴──> TwilioActor ─┤
//!                                                 ▲        └── the answer
//! webhooks of calls that we make ── CallReported ─┘──> facts ──> the calls
//! ```
//! It is the control link of every call that Twilio holds (`links.rs`), and brings people to them (`people.rs`).

mod early_room_events;
mod links;
mod pending_ends;
mod people;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::dial::{Dialable, PhoneNumber};
use cordboard_schema::ids::OutsideId;
use cordboard_schema::limits::{TWILIO_PLACED_MAX, TWILIO_REQUESTS_AT_ONCE_MAX, TWILIO_REQUESTS_WAITING_MAX};
use cordboard_schema::switch::{HandoffFailure, SwitchKind};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::rest::{
    CallAnswer, CallEnd, RestErrorKind, RestRequest, UpdateCall, read_answer,
};
use cordboard_schema::wire::twilio::{CallSid, StatusEvent};
use futures_util::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{debug, error, info, warn};
use uuid::Uuid;

use self::early_room_events::EarlyRoomEvents;
use self::links::{Acted, Order, Watched};
use self::pending_ends::PendingEnds;
use super::rest::creating::Placing;
use super::rest::person::Person;
use super::rest::placed::{Placed, Progress, Step};
use super::rest::{RestAccess, RestClient, RestFault};
use crate::at_hand::AtHand;
use crate::clock::Clock;
use crate::line::{CallLine, SwitchLine, SwitchMailbox, TwilioLine, TwilioMailbox};
use crate::messages::{AwaitedDial, Dial, DialledFor, SwitchShown, ToTwilio};
use crate::meters::SwitchMeter;
use crate::outside_access::OutsideAccess;
use crate::switches::{ActOrder, PersonOrder, RingOrder, RingPurpose, Rung, RungPhones, Switch, WatchOrder};

/// How much longer than its ringing time to wait for a call's callbacks. Creating it may be retried for a while, and Twilio lets it
/// ring for 5 s more.
const GRACE_MS: u64 = 15_000;
/// How long a call may last at Twilio. An older one is over, whatever was reported.
const CALL_MS_MAX: u64 = 24 * 3_600 * 1_000;
/// Interval of the check for calls without a report in time.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Settings of an account's actor.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Its name among the switches.
    pub name: String,
    /// Address of the API, and the account that uses it.
    pub access: RestAccess,
    /// The address that Twilio uses to reach this server, without a slash at its end.
    pub public_base: String,
    /// The number that is shown if a call names none.
    pub caller_id: Option<PhoneNumber>,
    /// The SIP host of extensions.
    pub sip_domain: Option<String>,
    /// Measures the API.
    pub meter: SwitchMeter,
    /// How the API is reached.
    pub way: OutsideAccess,
}

impl TwilioActor {
    /// Starts the actor on the current arbiter. Not on an arbiter of calls. The first line is for calls that are made, the second
    /// for everything else. The actor ends when neither line is held any more and nothing is under way.
    ///
    /// # Errors
    /// Why TLS can't be set up, as a text.
    pub fn start(settings: TwilioSettings) -> Result<(SwitchLine, TwilioLine), String> {
        let TwilioSettings { name, access, public_base, caller_id, sip_domain, meter, way } = settings;
        let (switch_line, switch_mailbox) = SwitchLine::open();
        let (line, mailbox) = TwilioLine::open();
        let (answers, answered) = mpsc::unbounded_channel();
        let client = RestClient::new(access, &way)?;
        // Until it has answered, no fault is known.
        meter.connected();
        let account = Self {
            name,
            client,
            placing: Placing { public_base, caller_id, sip_domain },
            meter,
            clock: Clock::system(),
            fault: None,
            calls: RungPhones::new(GRACE_MS),
            watched: HashMap::new(),
            people: RungPhones::new(GRACE_MS),
            early_room_events: EarlyRoomEvents::default(),
            pending_ends: PendingEnds::default(),
            probed_at: None,
            turns: Arc::new(Semaphore::new(TWILIO_REQUESTS_AT_ONCE_MAX)),
            under_way: 0,
            answers,
        };
        actix_rt::spawn(keep(account, switch_mailbox, mailbox, answered));
        Ok((switch_line, line))
    }
}

/// Outcome of a request, with its purpose.
#[derive(Debug)]
struct Answered {
    what: PendingAnswer,
    outcome: Result<Vec<u8>, RestFault>,
    took_ms: u64,
}

/// Purpose of a request whose answer is awaited.
#[derive(Debug)]
enum PendingAnswer {
    /// A call that we make.
    Create { channel: Uuid },
    /// The end of a call.
    HangUp { call: CallSid },
    /// An order for a caller's call.
    Act(Acted),
    /// The state of a call that a process that died had made.
    Placed { channel: Uuid },
    /// A call to a person.
    Call { person: Uuid },
    /// The redirect that leads a caller out of a room.
    LeadOut { call: CallSid },
    /// The state of a call that a process that died had left with a person.
    CallerState { call: CallLine },
    /// The running conference of a person whom a process that died had called.
    Room { person: Uuid },
    /// Whether such a person is in it.
    InRoom { person: Uuid },
    /// A check whether requests are accepted again.
    Probe,
    /// A request from outside the actor.
    Other { reply: tokio::sync::oneshot::Sender<Result<Vec<u8>, RestFault>> },
}

/// The actor of a Twilio account, and all that is known of the account. It takes [`ToSwitch`](crate::messages::ToSwitch) and
/// [`ToTwilio`], and sends facts to calls and requests to Twilio.
#[derive(Debug)]
pub struct TwilioActor {
    name: String,
    client: RestClient,
    placing: Placing,
    meter: SwitchMeter,
    clock: Clock,
    /// Why all requests are refused at present.
    fault: Option<String>,
    /// The calls that we make, by our names for them.
    calls: RungPhones<Placed>,
    /// Calls that Twilio holds, by their channels.
    watched: HashMap<Uuid, Watched>,
    /// People who are asked to take over, or have taken over, by our names for them.
    people: RungPhones<Person>,
    /// Reports about rooms of people who were not called yet.
    early_room_events: EarlyRoomEvents,
    /// Calls whose end Twilio has not accepted yet.
    pending_ends: PendingEnds,
    /// When it was last checked whether requests are accepted again.
    probed_at: Option<UnixMs>,
    turns: Arc<Semaphore>,
    under_way: usize,
    answers: mpsc::UnboundedSender<Answered>,
}

/// Runs the account for as long as messages can arrive or requests are under way. If a message kills it and nobody would send that
/// again, the message is handled once more; everything else continues.
async fn keep(
    mut account: TwilioActor,
    mut switch: SwitchMailbox,
    mut mailbox: TwilioMailbox,
    mut answered: mpsc::UnboundedReceiver<Answered>,
) {
    let mut poll = interval(POLL_INTERVAL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut orders, mut reports) = (AtHand::default(), AtHand::default());
    loop {
        let living = async {
            if let Some(order) = orders.take_left() {
                account.take(order, account.clock.now());
            }
            if let Some(message) = reports.take_left() {
                account.on_message(message);
            }
            while !(switch.is_closed()
                && switch.is_empty()
                && mailbox.is_closed()
                && mailbox.is_empty()
                && account.is_idle())
            {
                tokio::select! {
                    biased;
                    // First, so that a flood of messages can't delay it.
                    _ = poll.tick() => account.poll(),
                    Some(answered) = answered.recv() => account.answered(answered),
                    Some(order) = switch.recv() => {
                        orders.begins(&order);
                        #[cfg(feature = "fault-injection")]
                        crate::fault::strike(crate::fault::Fault::PanicInTwilio);
                        account.take(order, account.clock.now());
                        orders.is_done();
                    }
                    Some(message) = mailbox.recv() => {
                        reports.begins(&message);
                        #[cfg(feature = "fault-injection")]
                        crate::fault::strike(crate::fault::Fault::PanicInTwilio);
                        account.on_message(message);
                        reports.is_done();
                    }
                }
            }
        };
        if AssertUnwindSafe(living).catch_unwind().await.is_ok() {
            return debug!(switch = %account.name, "the account is no longer used");
        }
        error!(switch = %account.name, "the actor of Twilio died of a message and is restarted");
        orders.died();
        reports.died();
    }
}

impl TwilioActor {
    /// Returns whether nothing is left to be done or waited for.
    fn is_idle(&self) -> bool {
        let has_no_calls = self.calls.is_empty() && self.watched.is_empty() && self.people.is_empty();
        self.under_way == 0 && has_no_calls && self.pending_ends.is_empty()
    }

    /// Takes over new settings of the account; requests and calls under way continue.
    fn reconfigure(&mut self, settings: TwilioSettings) {
        let TwilioSettings { access, public_base, caller_id, sip_domain, way, .. } = settings;
        match RestClient::new(access, &way) {
            Ok(client) => {
                (self.client, self.placing) = (client, Placing { public_base, caller_id, sip_domain });
                // Until it has answered, no fault is known.
                self.fault = None;
                self.meter.connected();
                self.report_links();
            }
            Err(fault) => error!(switch = %self.name, fault, "the account keeps its old settings"),
        }
    }

    fn on_message(&mut self, message: ToTwilio) {
        match message {
            // A process that died had made it, and it has been given up since. Twilio may dial it minutes later.
            ToTwilio::CallReported { channel, event, is_awaited: false }
                if !self.calls.has(channel) && event.status.is_before_answer() =>
            {
                self.hang_up(event.call);
            }
            ToTwilio::CallReported { channel, event, .. } => {
                self.turn(channel, |placed| placed.on_status(&event))
            }
            // A process that died had called them. They would wait in their room for a caller who is not led there.
            ToTwilio::PersonReported { person, event }
                if !self.people.has(person) && !event.status.is_terminal() =>
            {
                self.hang_up(event.call);
            }
            ToTwilio::PersonReported { person, event } => {
                self.turn_person(person, |own| own.on_status(&event))
            }
            ToTwilio::RoomReported { person, event } => self.on_room_event(person, event),
            ToTwilio::Reconfigure(settings) => self.reconfigure(*settings),
            ToTwilio::Ask { request, reply } => self.ask(*request, PendingAnswer::Other { reply }),
        }
    }

    /// Makes a call, or reports at once why not. Never done twice for a channel.
    fn dial(&mut self, dial: Dial) {
        let Dial { channel, target, from, timeout_ms, detects_mailbox, wanted_for, call, .. } = dial;
        if self.calls.has(channel) {
            return;
        }
        let failed = |failure| call.fact(wanted_for.failed(failure, None));
        if self.calls.len() >= TWILIO_PLACED_MAX {
            return failed(HandoffFailure::Congestion);
        }
        match self.placing.create(channel, &target, from.as_ref(), timeout_ms, detects_mailbox) {
            Ok(create) => {
                let purpose = RingPurpose::Us(wanted_for);
                let is_to_extension = matches!(target.who(), Dialable::Extension { .. });
                let placed = Placed::new(timeout_ms, detects_mailbox).for_extension(is_to_extension);
                let until = self.clock.now() + placed.rings_ms;
                let placed = self.calls.begin(purpose, call, placed, until);
                self.calls.insert(channel, placed);
                self.ask(create.request(), PendingAnswer::Create { channel });
            }
            Err(failure) => failed(failure),
        }
    }

    fn hang_up(&mut self, call: CallSid) {
        let request = UpdateCall::End(CallEnd::Completed).request(&call);
        self.ask(request, PendingAnswer::HangUp { call });
    }

    /// Handles the outcome of ending a call. If that failed it is tried again later: the call would go on without us, and cost
    /// money.
    fn hung_up(&mut self, call: CallSid, fault: Option<RestFault>) {
        let Some(fault) = fault.filter(|fault| !fault.is_call_over()) else {
            debug!(%call, "the call is over at Twilio");
            return self.pending_ends.settled(&call);
        };
        let is_asked_again = self.pending_ends.failed(call.clone(), &fault, self.clock.now());
        warn!(switch = %self.name, %call, %fault, is_asked_again, "a call can't be ended at Twilio");
    }

    /// Sends a request to the API, in a task of its own.
    fn ask(&mut self, request: RestRequest, what: PendingAnswer) {
        self.ask_within(request, what, None);
    }

    /// The same, with a time limit for all tries together.
    fn ask_within(&mut self, request: RestRequest, what: PendingAnswer, limit: Option<Duration>) {
        let (client, turns) = (self.client.clone(), Arc::clone(&self.turns));
        let (answers, clock, asked_at) = (self.answers.clone(), self.clock, self.clock.now());
        if self.under_way >= TWILIO_REQUESTS_WAITING_MAX {
            // It counts as under way until it is reported, like the others.
            self.under_way += 1;
            drop(answers.send(Answered { what, outcome: Err(RestFault::Full), took_ms: 0 }));
            return;
        }
        self.under_way += 1;
        self.meter.asked();
        self.meter.unanswered(self.under_way);
        actix_rt::spawn(async move {
            let in_turn = async {
                let _turn = turns.acquire().await;
                client.ask(&request).await
            };
            let asking = AssertUnwindSafe(timeout(limit.unwrap_or(Duration::MAX), in_turn)).catch_unwind();
            let outcome = match asking.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(RestFault::Unknown("it took too long".to_owned())),
                Err(_) => Err(RestFault::Unknown("the task of the request died".to_owned())),
            };
            // If nobody receives it, the server is shutting down.
            drop(answers.send(Answered { what, outcome, took_ms: clock.now().ms_since(asked_at) }));
        });
    }

    fn answered(&mut self, answered: Answered) {
        let Answered { what, outcome, took_ms } = answered;
        self.under_way = self.under_way.saturating_sub(1);
        self.meter.answered(took_ms);
        self.meter.unanswered(self.under_way);
        self.mind(outcome.as_ref().err());
        match what {
            PendingAnswer::Create { channel } => self.created(channel, outcome),
            PendingAnswer::Placed { channel } => self.placed_found(channel, outcome),
            PendingAnswer::HangUp { call } => self.hung_up(call, outcome.err()),
            PendingAnswer::Act(acted) => self.acted(acted, outcome.err()),
            PendingAnswer::Call { person } => self.person_called(person, outcome),
            PendingAnswer::LeadOut { call } => match outcome {
                Err(fault) if !fault.is_call_over() => {
                    warn!(switch = %self.name, %call, %fault, "a caller can't be led out of a room at Twilio");
                }
                _ => debug!(%call, "the caller is led out of the room"),
            },
            PendingAnswer::CallerState { call } => Self::caller_state_answered(&call, outcome),
            PendingAnswer::Room { person } => self.room_found(person, outcome),
            PendingAnswer::InRoom { person } => self.person_found(person, outcome),
            // The answer to a probe was handled above.
            PendingAnswer::Probe => {}
            // A requester that has stopped waiting misses nothing.
            PendingAnswer::Other { reply } => drop(reply.send(outcome)),
        }
    }

    fn created(&mut self, channel: Uuid, outcome: Result<Vec<u8>, RestFault>) {
        let created = outcome.and_then(|body| Ok(read_answer::<CallAnswer>(&body)?));
        match created {
            Ok(CallAnswer { sid, .. }) => {
                debug!(%channel, call = %sid, "a call is made at Twilio");
                if !self.calls.has(channel) {
                    // Its time ran out while it was being made.
                    return self.hang_up(sid);
                }
                self.turn(channel, |placed| placed.created(sid));
            }
            Err(fault) => {
                info!(switch = %self.name, %channel, %fault, "it is not known whether Twilio has made a call");
                self.turn(channel, |placed| placed.not_created(&fault));
            }
        }
    }

    /// Handles Twilio's state of a call that a process that died had made, like a callback without a number. Without an answer, its
    /// callbacks and its time decide.
    fn placed_found(&mut self, channel: Uuid, outcome: Result<Vec<u8>, RestFault>) {
        match outcome.and_then(|body| Ok(read_answer::<CallAnswer>(&body)?)) {
            Ok(CallAnswer { sid, status, answered_by, .. }) => {
                let event = StatusEvent { answered_by, ..StatusEvent::of(sid, status) };
                self.turn(channel, |placed| placed.on_status(&event));
            }
            Err(fault) => debug!(%channel, %fault, "it is not known how a call is at Twilio"),
        }
    }

    /// Handles what an answer means for the account as a whole.
    fn mind(&mut self, fault: Option<&RestFault>) {
        let is_away = match fault {
            Some(RestFault::Refused(error)) => error.kind == RestErrorKind::Unauthorized,
            Some(RestFault::Unreachable(_)) => true,
            // These say nothing about the way to Twilio.
            Some(RestFault::Full | RestFault::Closed | RestFault::Unknown(_)) => return,
            Some(RestFault::Answer(_)) | None => false,
        };
        let was_away = self.fault.is_some();
        self.fault = fault.filter(|_| is_away).map(ToString::to_string);
        self.report_links();
        match (&self.fault, was_away) {
            (Some(fault), false) => {
                self.meter.lost();
                warn!(switch = %self.name, address = self.client.address(), %fault, "Twilio refuses requests");
            }
            (None, true) => {
                self.meter.connected();
                info!(switch = %self.name, "Twilio accepts requests again");
            }
            _ => {}
        }
    }

    /// Handles calls without a report in time, and retries of ends.
    fn poll(&mut self) {
        let now = self.clock.now();
        for channel in self.calls.overdue(now) {
            self.turn(channel, Placed::expired);
        }
        self.expire_people(now);
        for call in self.pending_ends.due(now) {
            self.hang_up(call);
        }
        self.probe(now);
    }

    fn turn(&mut self, channel: Uuid, step: impl FnOnce(&mut Placed) -> Vec<Step>) {
        let now = self.clock.now();
        let Some(call) = self.calls.get_mut(channel) else { return };
        let before = call.phone.progress();
        let (steps, line, purpose) = (step(&mut call.phone), call.call.clone(), call.purpose);
        if call.phone.progress() != before {
            call.until = now + waits_ms(&call.phone);
        }
        for step in steps {
            match step {
                Step::Report(fact) => purpose.translate(fact).into_iter().for_each(|fact| line.fact(fact)),
                Step::HangUp(call) => self.hang_up(call),
                Step::Forget => {
                    self.calls.remove(channel);
                }
            }
        }
    }
}

/// Returns how long to wait for the next report of a call, in ms since its last progress.
fn waits_ms(placed: &Placed) -> u64 {
    match placed.progress() {
        Progress::Ordered | Progress::Dialled => placed.rings_ms + GRACE_MS,
        Progress::Queued => SwitchKind::Twilio.queued_ms_max() + placed.rings_ms + GRACE_MS,
        Progress::Answered => CALL_MS_MAX,
    }
}

impl Switch for TwilioActor {
    fn place_call(&mut self, dial: Dial, _: UnixMs) {
        self.dial(dial);
    }

    fn await_call(&mut self, dial: AwaitedDial, now: UnixMs) {
        let AwaitedDial { channel, timeout_ms, detects_mailbox, is_to_extension, name, call } = dial;
        if self.calls.has(channel) || self.calls.len() >= TWILIO_PLACED_MAX {
            return;
        }
        let sid = name.as_ref().and_then(OutsideId::at_twilio);
        let phone =
            Placed::new(timeout_ms, detects_mailbox).for_extension(is_to_extension).known_as(sid.clone());
        // Its callbacks have our name for it. Until the first one it may be in Twilio's queue.
        let until = now + SwitchKind::Twilio.queued_ms_max() + phone.rings_ms + GRACE_MS;
        let purpose = RingPurpose::Us(DialledFor::Call);
        self.calls.insert(channel, Rung { purpose, call, phone, until });
        if let Some(sid) = sid {
            // A callback that came while no process served the call is lost, and its end may have been the last one.
            self.ask(RestRequest::fetch_call(&sid), PendingAnswer::Placed { channel });
        }
    }

    fn cancel_call(&mut self, channel: Uuid, _: UnixMs) {
        self.turn(channel, Placed::stopped);
    }

    fn shown(&self) -> SwitchShown {
        let figures = self.meter.figures();
        SwitchShown {
            name: self.name.clone(),
            kind: SwitchKind::Twilio,
            address: self.client.address().to_owned(),
            is_connected: self.fault.is_none(),
            fault: self.fault.clone(),
            channels: None,
            calls: self.watched.len().max(self.calls.len()),
            losses: figures.losses,
            events: figures.events,
            last_event_at: figures.last_event_at,
        }
    }

    fn ring_phone(&mut self, order: RingOrder, _: UnixMs) {
        let RingOrder { handoff, channel, phone, timeout_ms, call, .. } = order;
        self.ring(channel, handoff, &phone, timeout_ms, call);
    }

    fn stop_phone(&mut self, channel: Uuid, _: UnixMs) {
        self.turn_person(channel, Person::stopped);
    }

    fn watch_channel(&mut self, order: WatchOrder, _: UnixMs) {
        self.watch(order.channel, order.call);
    }

    fn unwatch_channel(&mut self, channel: Uuid, _: UnixMs) {
        self.watched.remove(&channel);
    }

    fn act_on_channel(&mut self, order: ActOrder, _: UnixMs) {
        let ActOrder { channel, effect, action, call } = order;
        self.act(channel, Order { effect, line: call }, action);
    }

    fn continue_handoff(&mut self, order: PersonOrder) {
        let PersonOrder { channel, handoff, person, is_joined, call } = order;
        self.continue_with_person(channel, handoff, (person, is_joined), call);
    }

    fn end_call(&mut self, name: &OutsideId) {
        if let Some(call) = name.at_twilio() {
            self.hang_up(call);
        }
    }
}
