//! A channel: one leg of a call in the switch, its state, and its task's way of waiting.

mod ending;
mod headers;
mod profile;
mod waiting;

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, oneshot, watch};

pub(super) use self::profile::{Direction, Profile, variables_of_callee, variables_of_caller};
pub(super) use self::waiting::{Lock, Woken};
use super::audio_stream::StreamLine;
use super::caller::{Heard, Mouth, Source};
use super::dialplan::{Action, Route};
use super::esl::event::Event;
use super::switch::Switch;
use super::unicast::{UnicastLine, UnicastOrder};
use crate::clock::now;

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    Ringing,
    /// With media: `pre_answer`, or an audio stream on a ringing call.
    Early,
    Answered,
    Over,
}

/// A `sendmsg` request to a channel.
#[derive(Debug)]
pub(super) enum Order {
    Execute(Execute),
    Hangup(String),
    Unicast(UnicastOrder),
    /// Leaves the running application and executes a list.
    Leave(Vec<super::dialplan::Action>),
}

/// An application to run.
#[derive(Debug)]
pub(super) struct Execute {
    pub(super) app: String,
    pub(super) argument: String,
    /// `Event-UUID`, which comes back as `Application-UUID`.
    pub(super) id: Option<String>,
    pub(super) lock: Lock,
    /// How often; below 0 for endlessly.
    pub(super) loops: i64,
    /// A static connection waits for its end.
    pub(super) done: Option<oneshot::Sender<()>>,
}

/// How a call ended, for `sip_hangup_disposition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposition {
    RecvBye,
    SendBye,
    RecvCancel,
    SendRefuse,
    RecvRefuse,
    SendCancel,
}

impl Disposition {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RecvBye => "recv_bye",
            Self::SendBye => "send_bye",
            Self::RecvCancel => "recv_cancel",
            Self::SendRefuse => "send_refuse",
            Self::RecvRefuse => "recv_refuse",
            Self::SendCancel => "send_cancel",
        }
    }
}

/// Whether a phone has put its call on hold, or the switch has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    No,
    Yes,
}

/// Everything about a channel that changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) profile: Profile,
    /// Channel variables, in the order in which they were set.
    pub(super) variables: Vec<(String, String)>,
    pub(super) progress: Progress,
    /// `CS_EXECUTE` and so on.
    pub(super) core_state: &'static str,
    pub(super) held: Held,
    pub(super) cause: Option<String>,
    pub(super) disposition: Option<Disposition>,
    /// The actions of its list after the one that runs.
    pub(super) later: VecDeque<Action>,
    /// The destination of the call when it leaves its current application.
    pub(super) next: Option<Route>,
    /// Whether it was sent elsewhere: the program that controlled it until then need not end it.
    pub(super) is_moved: bool,
    pub(super) orders: VecDeque<Order>,
    /// The prompts that run, the innermost last; `uuid_break` stops all of them.
    pub(super) prompts: Vec<Arc<AtomicBool>>,
    /// How often `uuid_break` stopped something.
    pub(super) breaks: u64,
    /// When the packet after the last prompt is due: all prompts' packets are sent by one clock.
    pub(super) packet_due: Option<Instant>,
    pub(super) other_leg: Option<String>,
    pub(super) bridged: bool,
    /// Inside `socket`, or in `park`: where unicast works.
    pub(super) parked: bool,
    pub(super) response: Option<String>,
    pub(super) stream: Option<StreamLine>,
    pub(super) unicast: Option<UnicastLine>,
    /// Whether this stay in the parked state has seen its `unicast`.
    pub(super) unicast_spent: bool,
    /// Digits that the switch sent to this phone.
    pub(super) digits_sent: String,
}

/// One leg of a call.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) uuid: String,
    pub(super) switch: Arc<Switch>,
    /// Samples a second, in Hz.
    pub(super) rate: u32,
    pub(super) born: Instant,
    state: Mutex<State>,
    /// Whether the application that parks it goes on (`CF_CONTROLLED`): set when `socket` or `park` begins, and cleared when any connection ends of
    /// a program that ever controlled the call, whichever `socket` that belonged to.
    pub(super) is_controlled: AtomicBool,
    wake: Notify,
    ear: Mutex<Heard>,
    mouth: Mutex<Mouth>,
    /// Whether everything has ended and is reported.
    reported: watch::Sender<bool>,
}

impl Channel {
    /// A new channel, which the switch does not know yet.
    pub(super) fn new(
        switch: &Arc<Switch>,
        uuid: String,
        profile: Profile,
        variables: Vec<(String, String)>,
        rate: u32,
    ) -> Arc<Self> {
        let state = State {
            profile,
            variables,
            progress: Progress::Ringing,
            core_state: "CS_INIT",
            held: Held::No,
            cause: None,
            disposition: None,
            later: VecDeque::new(),
            next: None,
            is_moved: false,
            orders: VecDeque::new(),
            prompts: Vec::new(),
            breaks: 0,
            packet_due: None,
            other_leg: None,
            bridged: false,
            parked: false,
            response: None,
            stream: None,
            unicast: None,
            unicast_spent: false,
            digits_sent: String::new(),
        };
        Arc::new(Self {
            uuid,
            switch: Arc::clone(switch),
            rate,
            born: now(),
            state: Mutex::new(state),
            is_controlled: AtomicBool::new(false),
            wake: Notify::new(),
            ear: Mutex::new(Heard::new(rate)),
            mouth: Mutex::default(),
            reported: watch::Sender::new(false),
        })
    }

    /// Locks its state for a moment.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The voice of its caller.
    pub(super) fn mouth(&self) -> MutexGuard<'_, Mouth> {
        self.mouth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sound that its caller heard.
    pub(super) fn ear(&self) -> MutexGuard<'_, Heard> {
        self.ear.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plays one packet to the caller; on hold it is lost.
    pub(super) fn play(&self, samples: &[i16], source: Source) {
        if self.state().held == Held::No {
            self.ear().push(samples, source);
        }
    }

    /// Wakes its task.
    pub(super) fn nudge(&self) {
        self.wake.notify_one();
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().progress == Progress::Over
    }

    pub(super) fn is_answered(&self) -> bool {
        self.state().progress == Progress::Answered
    }

    /// A variable; an empty one counts as not set.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let state = self.state();
        let found = state.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }

    /// Whether a variable is true.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|value| matches!(value.as_str(), "true" | "yes" | "on" | "1"))
    }

    /// Sets a variable; an empty value deletes it.
    pub(super) fn set(&self, name: &str, value: &str) {
        let mut state = self.state();
        match state.variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) if !value.is_empty() => value.clone_into(old),
            Some(_) => state.variables.retain(|(known, _)| known != name),
            None if !value.is_empty() => state.variables.push((name.to_owned(), value.to_owned())),
            None => {}
        }
    }

    /// Adds an order to its queue.
    pub(super) fn order(&self, order: Order) {
        self.state().orders.push_back(order);
        self.nudge();
    }

    /// Sends the call somewhere else; the running application ends, a bridge too.
    pub(super) fn go(&self, route: Route) {
        let other = {
            let mut state = self.state();
            state.next = Some(route);
            state.is_moved = true;
            let bridged = std::mem::replace(&mut state.bridged, false);
            if bridged { state.other_leg.take() } else { None }
        };
        self.nudge();
        if let Some(other) = other.and_then(|uuid| self.switch.channel(&uuid)) {
            other.nudge();
        }
    }

    /// Sends the call to a number of the dialplan, which shows in its profile.
    pub(super) fn go_to_number(&self, number: &str) {
        self.is_sent_to(number, "XML");
        self.go(Route::Number(number.to_owned()));
    }

    /// Sets the number that it is sent to, and the dialplans that are asked for it, as its events show them.
    pub(super) fn is_sent_to(&self, number: &str, dialplans: &str) {
        let profile = &mut self.state().profile;
        profile.rdnis = Some(std::mem::replace(&mut profile.destination, number.to_owned()));
        dialplans.clone_into(&mut profile.dialplans);
    }

    /// The effect of an inline dialplan on the profile when its actions begin.
    pub(super) fn is_at_number_before(&self) {
        let profile = &mut self.state().profile;
        if let Some(before) = profile.rdnis.take() {
            profile.destination = before;
        }
    }

    /// Waits until the call's last event was sent.
    pub(super) async fn reported(&self) {
        // The sender is in `self`: it can't be gone.
        let _ = self.reported.subscribe().wait_for(|done| *done).await;
    }

    /// Sends an event of this channel.
    pub(super) fn tell(&self, name: &str) {
        self.switch.emit(self.event(name));
    }

    /// Sends an event of this channel with more headers at its end.
    pub(super) fn tell_with(&self, name: &str, more: &[(&str, &str)]) {
        let mut event = self.event(name);
        for (header, value) in more {
            event.push(header, *value);
        }
        self.switch.emit(event);
    }

    /// Sends a CUSTOM event with a body.
    pub(super) fn tell_custom(&self, subclass: &str, body: &str) {
        let mut event = self.event("CUSTOM");
        event.headers.insert(0, ("Event-Subclass".to_owned(), subclass.to_owned()));
        self.switch.emit(event.with_body(body));
    }

    /// An event of this channel in its current state.
    pub(super) fn event(&self, name: &str) -> Event {
        headers::event(self, name)
    }

    /// The block that answers `connect`.
    pub(super) fn connect_block(&self) -> Event {
        headers::connect_block(self)
    }
}
