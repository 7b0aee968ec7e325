//! A call whose actor died and that lives again: its repeated requests, and its limit.
//!
//! The state is that of the last step that did not fail, its deadlines with it; a message may be lost. Every party is asked to repeat
//! its state, and repeatable requests are made again.

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

/// Number of deaths within [`REBIRTHS_WITHIN_MS`] after which a call goes on; at the next one it apologizes.
const REBIRTHS_MAX: usize = 2;
/// As [`REBIRTHS_MAX`].
const REBIRTHS_WITHIN_MS: u64 = 10_000;

/// The server that serves the call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Process {
    /// It is going down.
    is_draining: bool,
    /// When the call's actor was replaced lately.
    rebirths: Vec<UnixMs>,
    /// Deadlines that passed and did not move.
    pub(super) stuck: Vec<Stuck>,
}

impl Process {
    pub(super) fn is_draining(&self) -> bool {
        self.is_draining
    }

    /// It goes down: nobody gets in any more.
    pub(super) fn drains(&mut self) {
        self.is_draining = true;
    }

    /// Another process has the call now.
    pub(super) fn changed(&mut self) {
        self.is_draining = false;
    }
}

impl Machine {
    /// State of the call, for observers outside.
    pub fn state(&self) -> CallState {
        self.lifecycle.state(self.answered_at.is_some())
    }

    /// Decisions by which those who are in the call leave it where nothing can carry it on: its journal then says how long they have talked. The call
    /// itself stays as it is. None where it has ended.
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

    /// The caller's destination when the call can't be carried on.
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
        self.tell_desks_again();
        fx.extend(self.channel.outbound().map(Effect::ResyncControl));
        self.ask_once_more(fx);
        match self.process.rebirths.len() {
            0..=REBIRTHS_MAX => {}
            lives => self.give_up(lives - REBIRTHS_MAX, now, fx),
        }
    }

    /// Something that happened is lost: the call's state may be wrong. Rather than go on so it ends in order.
    pub(super) fn facts_missed(&mut self, now: UnixMs, fx: &mut Effects) {
        self.give_up(1, now, fx);
    }

    /// The call can't go on. The caller hears an apology and goes to somebody else; a call that dies even of
    /// that, or of another goodbye, ends without.
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
