//! The actor of a switch that we connect to, of any kind: it runs the kind's [`SwitchLogic`].
//!
//! ```text
//! keeper ── starts ──> the station's actor ── connects ──> Wire (a task that reads, one that writes)
//!    ▲                      │  ▲
//!    └── the StationActor ──┘  └── calls, on a SwitchLine; the registry's answers
//!          when the actor is gone
//! ```
//!
//! All of its state is one value: the mailbox with the messages that wait in it, and the logic. It moves from an actor that died to
//! the next one. The connection is closed instead: after a death, nobody can be sure how much of a frame was read, and which answer
//! comes next. An order that nobody would repeat, such as to stop ringing a phone, is handled once more if an actor died of it.

use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use cordboard_schema::time::UnixMs;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};
use tracing::error;

use super::logic::{ActorStep, SwitchLogic};
use super::wire::{Wire, WireFault};
use crate::at_hand::AtHand;
use crate::clock::Clock;
use crate::keeper::{Restartable, TurnEnd, keep};
use crate::line::{RegistryLine, SwitchLine, SwitchMailbox};
use crate::messages::{ChannelsSeen, ToSwitch, Unmatched};

impl<L: SwitchLogic> StationActor<L> {
    /// Starts the actor of a switch on the current arbiter, for as long as that runs. The actor connects by itself, and reconnects
    /// when it has to. Not for an arbiter of calls. `logic` is given the time at which it begins.
    pub(crate) fn start(logic: impl FnOnce(UnixMs) -> L, registry: RegistryLine) -> SwitchLine {
        let (line, mailbox) = SwitchLine::open();
        keep(Self::new(logic, registry, mailbox));
        line
    }
}

impl<L: SwitchLogic> Restartable for StationActor<L> {
    const TURNS: usize = 64;

    fn take_turn(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd> {
        if self.take_in(task) { Poll::Ready(TurnEnd::Taken) } else { Poll::Pending }
    }

    /// The next actor watches every call that this one watched.
    fn died(&mut self, deaths: u32) {
        error!(switch = self.switch.name(), deaths, "the actor of a switch died and is restarted");
        self.at_hand.died();
        self.lost(WireFault::ActorDied);
    }
}

/// An event that the actor waits for besides those of the connection.
#[derive(Debug)]
enum Happened<L: SwitchLogic> {
    /// A connection is up, or was not made.
    Connected { attempt: u64, wire: Result<Wire<L::Codec>, WireFault> },
    /// The registry has answered.
    Compared(Unmatched),
}

/// The actor of a switch: its logic, with all that it needs to run. It takes [`ToSwitch`], and sends facts to calls and
/// [`ChannelsSeen`] to the registry.
#[derive(Debug)]
pub(crate) struct StationActor<L: SwitchLogic> {
    switch: L,
    mailbox: SwitchMailbox,
    at_hand: AtHand<ToSwitch>,
    registry: RegistryLine,
    clock: Clock,
    wire: Option<Wire<L::Codec>>,
    /// Number of the connection that is up or being made. Events of earlier connections are ignored.
    attempt: u64,
    happened: mpsc::UnboundedReceiver<Happened<L>>,
    happens: mpsc::UnboundedSender<Happened<L>>,
    alarm: Pin<Box<Sleep>>,
    /// Time of the alarm; none if it is not set.
    alarm_at: Option<UnixMs>,
}

impl<L: SwitchLogic> StationActor<L> {
    fn new(logic: impl FnOnce(UnixMs) -> L, registry: RegistryLine, mailbox: SwitchMailbox) -> Self {
        let clock = Clock::system();
        let now = clock.now();
        let (happens, happened) = mpsc::unbounded_channel();
        Self {
            switch: logic(now),
            mailbox,
            at_hand: AtHand::default(),
            registry,
            clock,
            wire: None,
            attempt: 0,
            happened,
            happens,
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            alarm_at: Some(now),
        }
    }

    /// Handles one message of each kind that waits, so that no kind has to wait until another is empty. Returns whether there was
    /// any.
    fn take_in(&mut self, task: &mut Task<'_>) -> bool {
        let now = self.clock.now();
        let mut has_any = false;
        if let Poll::Ready(Some(happened)) = self.happened.poll_recv(task) {
            has_any = true;
            self.take_happened(happened, now);
            self.carry_out(now);
        }
        let incoming = self.wire.as_mut().map(|wire| wire.incoming.poll_recv(task));
        if let Some(Poll::Ready(Some(incoming))) = incoming {
            has_any = true;
            match incoming {
                Ok(frame) => self.switch.received(frame, now),
                Err(fault) => self.switch.lost(fault, now),
            }
            self.carry_out(now);
        }
        if let Some(order) = self.at_hand.take_left() {
            has_any = true;
            self.switch.take(order, now);
            self.carry_out(now);
        } else if let Poll::Ready(Some(message)) = self.mailbox.poll_recv(task) {
            has_any = true;
            self.at_hand.begins(&message);
            #[cfg(feature = "fault-injection")]
            crate::fault::strike(crate::fault::Fault::PanicInSwitch);
            self.switch.take(message, now);
            self.carry_out(now);
            self.at_hand.is_done();
        }
        if self.alarm_at.is_some() && self.alarm.as_mut().poll(task).is_ready() {
            has_any = true;
            // An alarm that has rung has to be set again before it is polled again.
            self.set_alarm(now + 1);
            self.switch.tick(now);
            self.carry_out(now);
            // A deadline that has passed and does not move must not keep the thread from other tasks.
            if self.alarm_at.is_some_and(|at| at <= now) {
                self.set_alarm(now + 1);
            }
        }
        has_any
    }

    fn take_happened(&mut self, happened: Happened<L>, now: UnixMs) {
        match happened {
            Happened::Connected { attempt, wire } if attempt == self.attempt => match wire {
                Ok(wire) => {
                    self.wire = Some(wire);
                    self.switch.connected(now);
                }
                Err(fault) => self.switch.lost(fault, now),
            },
            // This connection was given up meanwhile.
            Happened::Connected { .. } => {}
            Happened::Compared(unmatched) => self.switch.compared(unmatched, now),
        }
    }

    /// Takes the steps that the switch orders, sends its output, and sets the alarm to its next deadline.
    fn carry_out(&mut self, now: UnixMs) {
        while let Some(step) = self.switch.next_step() {
            match step {
                ActorStep::Connect => self.connect(),
                ActorStep::Disconnect => {
                    self.wire = None;
                    self.attempt += 1;
                }
                ActorStep::Compare(seen) => self.compare(seen),
            }
        }
        let output = self.switch.take_output();
        if !output.is_empty()
            && let Some(wire) = &self.wire
            && !wire.send(output)
        {
            self.lost(WireFault::Stuck);
        }
        let next = self.switch.next_deadline();
        match next {
            _ if next == self.alarm_at => {}
            Some(next) => self.set_alarm(next.max(now)),
            None => self.alarm_at = None,
        }
    }

    fn set_alarm(&mut self, at: UnixMs) {
        let wait = Duration::from_millis(at.ms_since(self.clock.now()));
        self.alarm.as_mut().reset(Instant::now() + wait);
        self.alarm_at = Some(at);
    }

    fn lost(&mut self, fault: WireFault) {
        let now = self.clock.now();
        self.switch.lost(fault, now);
        self.wire = None;
        self.attempt += 1;
        self.set_alarm(now);
    }

    fn connect(&mut self) {
        self.attempt += 1;
        let (attempt, happens) = (self.attempt, self.happens.clone());
        let (address, live) = (self.switch.address().to_owned(), self.switch.live().clone());
        actix_rt::spawn(async move {
            let wire = Wire::connect(&address, &live).await;
            let _ = happens.send(Happened::Connected { attempt, wire });
        });
    }

    /// Asks the registry. If the registry dies of the question, the next comparison asks again.
    fn compare(&self, seen: ChannelsSeen) {
        let (answer, happens) = (self.registry.ask(seen), self.happens.clone());
        actix_rt::spawn(async move {
            if let Ok(unmatched) = answer.await {
                let _ = happens.send(Happened::Compared(unmatched));
            }
        });
    }
}
