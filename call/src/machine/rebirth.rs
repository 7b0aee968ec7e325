//! A call that goes on after its actor has died: which requests are repeated, and how often a call may do this.
//!
//! The state is that of the last step that did not fail, including its deadlines. A message may be lost. Every party is asked to report its
//! state again, and repeatable requests are made again.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::call::{CallState, Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::line::Line;
use cordboard_schema::supervision::SupervisionEnd;
use cordboard_schema::time::UnixMs;

use super::deadlines::Stuck;
use super::ending::LastWords;
use super::{Effect, Effects, Machine, Phase};

/// After how many deaths within [`REBIRTHS_WITHIN_MS`] a call still goes on. At the next one it apologizes.
const REBIRTHS_MAX: usize = 2;
/// See [`REBIRTHS_MAX`].
const REBIRTHS_WITHIN_MS: u64 = 10_000;

/// The server process that serves the call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Process {
    /// Whether it is shutting down.
    is_draining: bool,
    /// Recent times at which the call's actor was replaced.
    rebirths: Vec<UnixMs>,
    /// Deadlines that passed but did not move.
    pub(super) stuck: Vec<Stuck>,
}

impl Process {
    pub(super) fn is_draining(&self) -> bool {
        self.is_draining
    }

    /// It is shutting down: it accepts no new calls.
    pub(super) fn drains(&mut self) {
        self.is_draining = true;
    }

    /// Another process has the call now.
    pub(super) fn changed(&mut self) {
        self.is_draining = false;
    }
}

impl Machine {
    /// Returns the state of the call, as shown outside.
    pub fn state(&self) -> CallState {
        self.lifecycle.state(self.answered_at.is_some())
    }

    /// For a call that nothing can continue: returns the decisions by which the people in it leave it, so that its journal says how long
    /// they have talked. The call itself does not change. Empty if it has ended.
    pub fn partings(&self, now: UnixMs) -> Vec<Decision> {
        if self.has_ended() {
            return Vec::new();
        }
        let (mut parting, mut fx) = (self.clone(), Effects::new());
        parting.last_fact_at = now;
        parting.let_agents_go(AgentEnd::CallEnded, &mut fx);
        parting.let_supervisors_go(SupervisionEnd::CallEnded, &mut fx);
        let decision = |effect| match effect {
            Effect::Note(decision) => Some(decision),
            _ => None,
        };
        fx.into_iter().filter_map(decision).collect()
    }

    /// Returns where the caller goes when the call can't continue.
    pub fn fallback(&self) -> NextStep {
        self.policy.fallback()
    }

    pub(super) fn reborn(&mut self, now: UnixMs, fx: &mut Effects) {
        self.process.rebirths.retain(|at| now.ms_since(*at) < REBIRTHS_WITHIN_MS);
        self.process.rebirths.push(now);
        fx.extend(self.mix.plugged().iter().copied().map(Effect::Plug));
        self.save_messages_again(now, fx);
        self.write_again(now, fx);
        self.record_attempt_again(fx);
        let assistant = self.conversation.assistant_leg();
        let legs = [self.caller, self.arriving, assistant, self.conversation.returning().candidate()];
        fx.extend(legs.into_iter().flatten().chain(self.participants.legs()).map(Effect::Resync));
        self.report_agents_again();
        fx.extend(self.channel.outbound().map(Effect::ResyncControl));
        self.ask_once_more(fx);
        match self.process.rebirths.len() {
            0..=REBIRTHS_MAX => {}
            lives => self.give_up(lives - REBIRTHS_MAX, now, fx),
        }
    }

    /// A fact was lost, so the call's state may be wrong. Instead of going on with it, the call ends in order.
    pub(super) fn facts_missed(&mut self, now: UnixMs, fx: &mut Effects) {
        self.give_up(1, now, fx);
    }

    /// The call can't go on. The caller hears an apology and goes to the fallback. If the call dies while saying that or another goodbye,
    /// it ends without.
    fn give_up(&mut self, attempt: usize, now: UnixMs, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::internal_error(), by: HangupBy::Server };
        if attempt == 1 {
            let otherwise = (ending, self.policy.fallback());
            return self.leave(Line::Apology, LastWords::AtOnce, otherwise, now, fx);
        }
        match self.lifecycle.phase().clone() {
            Phase::Leaving(leaving) => self.end(leaving.ending, leaving.next, fx),
            _ => self.end(ending, self.policy.fallback(), fx),
        }
    }
}
