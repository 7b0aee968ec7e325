//! The second ring of supervision: a call whose actor died gets another one, and finds out what it has missed.
//!
//! A fact that a step has lost is decided again, and so is one at which an actor died: most facts are reported once.
//! Other messages at which an actor died, such as connections and questions, can't be kept for the next one. So the
//! sources of facts are asked to repeat them, in their present state: legs, assistants, a dialplan that waits, a
//! connection that arrived. Facts that the call knows already change nothing.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::LegId;
use cordboard_schema::provider::ProviderFailure;
use tokio::time::Instant;
use tracing::{debug, error, warn};

use super::live_call::LiveCall;
use crate::at_hand::AtHand;
use crate::messages::{LegLine, ToCall, ToLeg};

/// After this many deaths in [`DEATHS_WITHIN`] a call is given up. Two deaths before, its machine has begun to
/// apologize and end the call, and has not finished.
const DEATHS_MAX: usize = 5;
/// As [`DEATHS_MAX`].
const DEATHS_WITHIN: Duration = Duration::from_secs(10);

/// How often a fact is decided again. A fact at which every step panics is given up after that.
const REPEATS_MAX: u8 = 3;

/// Pause before a step that panicked at a deadline is repeated: the deadline is still due, and would panic again at once.
const STEP_RETRY: Duration = Duration::from_secs(1);

/// Deaths of a call's actors, and panics of its machine's steps.
#[derive(Debug, Default)]
pub(super) struct Supervision {
    /// Kind of the fact or message that the actor handles. If another actor finds it set, the first one died while handling it.
    during: Option<&'static str>,
    /// The newest deaths.
    deaths: Vec<Instant>,
    /// The last step panicked.
    step_failed: bool,
    /// How often the step of the next fact has panicked.
    panics: u8,
    /// The message that the actor handles, until it is on the agenda.
    at_hand: AtHand<ToCall>,
}

impl Supervision {
    /// The actor begins to handle a fact or a message of this kind.
    pub(super) fn begins(&mut self, kind: &'static str) {
        self.during = Some(kind);
    }

    /// The actor takes this message out of the mailbox.
    pub(super) fn takes(&mut self, message: &ToCall) {
        self.at_hand.begins(message);
    }

    /// Everything that is to be decided because of the message is on the agenda, which an actor that dies leaves to the next.
    pub(super) fn is_on_agenda(&mut self) {
        self.at_hand.is_done();
    }

    /// Takes the message at which the previous actor died, to be handled again.
    pub(super) fn take_left(&mut self) -> Option<ToCall> {
        self.at_hand.take_left()
    }

    /// The actor has survived what it handled.
    pub(super) fn survived(&mut self) {
        self.during = None;
        self.at_hand.is_done();
    }

    /// A step begins. Returns how often the step of its fact has panicked.
    pub(super) fn step_begins(&mut self) -> u8 {
        mem::take(&mut self.panics)
    }

    /// A step of the machine has succeeded or panicked.
    pub(super) fn stepped(&mut self, has_failed: bool) {
        self.step_failed = has_failed;
    }

    /// The least time until a deadline's step.
    pub(super) fn step_pause(&self) -> Duration {
        if self.step_failed { STEP_RETRY } else { Duration::ZERO }
    }

    /// Notes a death now. Returns how many there were recently.
    fn note_death(&mut self) -> usize {
        let now = Instant::now();
        self.deaths.retain(|death| now.duration_since(*death) < DEATHS_WITHIN);
        self.deaths.push(now);
        self.deaths.len()
    }
}

/// The action for a call whose actor is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RebirthOutcome {
    /// It is over, and nothing of it is left.
    Over,
    /// It needs another actor.
    Lives,
    /// It dies whatever it does: it gets no other actor.
    Lost,
}

/// Whether a lost fact is decided again. Nearly every fact is: nothing reports it again on its own, and the machine,
/// whose state is as before, has not seen it.
pub(crate) fn is_decided_again(fact: &Fact) -> bool {
    // A person who gets no answer presses a key again. A deadline is still due, and passes again after a pause. The
    // machine does nothing because of the others.
    let is_left = matches!(
        fact,
        Fact::Dtmf { .. } | Fact::DeadlinePassed | Fact::StepPanicked { .. } | Fact::EffectFailed { .. }
    );
    !is_left
}

impl LiveCall {
    /// The call's actor is gone: decides what to do with the call.
    pub(crate) fn lose_actor(&mut self) -> RebirthOutcome {
        if self.is_over() {
            self.channel.forget();
            return RebirthOutcome::Over;
        }
        let span = self.span.clone();
        let _entered = span.enter();
        let during = self.supervision.during.take().map(str::to_owned);
        self.supervision.at_hand.died();
        self.vitals.reborn();
        if self.supervision.note_death() > DEATHS_MAX {
            error!(during, "the call's actor died repeatedly: the call is given up");
            return RebirthOutcome::Lost;
        }
        // When a server goes down, its threads end with the calls that it leaves to the next one.
        match during.is_none() && self.machine.is_left_to_next() {
            true => debug!("the call is left to the next server"),
            false => warn!(during, "the call's actor died: the call gets another one"),
        }
        // Before the other facts for the machine, and after the remaining effects. An actor that found its thread
        // gone has not reported anything itself.
        if !matches!(self.agenda.front(), Some(Fact::Reborn { .. })) {
            self.agenda.put_first(Fact::Reborn { during });
        }
        self.report_again();
        RebirthOutcome::Lives
    }

    /// A step has panicked and lost this fact, whose step had panicked that often before. The fact is decided again,
    /// before everything that waits: the beginning of something must come before its end.
    pub(super) fn step_panicked(&mut self, lost: Fact, panicked: Fact, panics: u8) {
        let is_beginning = matches!(lost, Fact::CallStarted { .. } | Fact::ServerRestarted { .. });
        let is_to_repeat = panics < REPEATS_MAX && is_decided_again(&lost);
        match is_beginning && is_to_repeat {
            // A journal begins with the call's beginning, and what a process writes about a call with its own
            // beginning: the fault comes after it.
            true => self.agenda.put_first(panicked),
            false => self.journal(self.neighbours.clock.now(), vec![Event::Fact(panicked)]),
        }
        if is_to_repeat {
            self.supervision.panics = panics + 1;
            self.agenda.put_first(lost);
        }
    }

    /// Repeats facts that are known here, and that the machine may not have received.
    fn report_again(&mut self) {
        self.agenda.extend(self.legs.unjudged(self.machine.next_leg()));
        self.agenda.extend(self.next_steps.open());
    }

    /// Asks a leg or the assistant for its state. If it is gone, the call gets that report, after the leg's own reports.
    pub(super) fn resync(&mut self, leg: LegId) {
        if self.assistants.resync(leg) {
            return;
        }
        let known = self.legs.line(leg);
        if known.is_some_and(|line| line.order(ToLeg::Resync)) {
            return;
        }
        // Only the machine knows the role of this number; a fact that fits no role changes nothing there.
        let how = known.and_then(LegLine::left).unwrap_or(LegEnd::Broken);
        self.line.fact(Fact::LegLeft { leg, how });
        let reason = "the assistant is gone".to_owned();
        self.line.fact(Fact::AssistantFailed { leg, failure: ProviderFailure::Panicked, reason });
    }

    /// The call can't go on: its end is journalled. Its legs end in order when they are dropped with it, and the
    /// dialplan learns from the store where the caller goes.
    pub(crate) fn bury(mut self) {
        self.channel.forget();
        if !self.machine.has_ended() {
            let ending = Ending { cause: HangupCause::internal_error(), by: HangupBy::Server };
            let next = self.machine.fallback();
            let at = self.neighbours.clock.now();
            // The state may be the reason why the call died.
            let left = catch_unwind(AssertUnwindSafe(|| self.machine.partings(at))).unwrap_or_default();
            let decisions = left.into_iter().chain([Decision::Ended { ending, next }]);
            self.journal(at, decisions.map(Event::Decision).collect());
        }
    }
}
