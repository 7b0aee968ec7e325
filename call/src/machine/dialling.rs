//! A call that we make: put on record, dialled once, answered or not. Once it is answered it goes on as one that came in.
//!
//! ```text
//! (Beginning, where an agent begins it: until they are heard)
//! Recording ──on disk──> Calling ──answered──> Waiting (for audio and control) ──> Conversing
//!     │                     │ ▲  failed, out of time, given up
//!     │ not in time         │ └── its process died: Lost, never dialled again, found by its audio or control
//!     └─────────────────────┴──────────────> Ended, with the failure
//! ```
//!
//! While the phone rings the assistant is started, so that it only has to speak when somebody answers. No cord leads to
//! anybody before that: early media is no answer.

use std::sync::Arc;

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::caller_line::{ChannelMode, LineKind};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::limits::COMMIT_WAIT_MS;
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, Dialled, OnVoicemail};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::participants::RETURN_MS;
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::AssistantOrder;

/// Time beyond its ringing that a phone is waited for, in ms: the
/// switch counts whole seconds or rings for 5 s more, and says why nobody answered.
const GRACE_MS: u64 = 15_000;
/// Time that the journal's confirmation is waited for, in ms: longer than its own asker waits.
const RECORD_MS_MAX: u64 = COMMIT_WAIT_MS + 1_000;

/// A phone that is being called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialling {
    stage: Stage,
    pub(super) until: UnixMs,
}

/// Stages of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The agent who begins it is not heard yet (`agent_calls.rs`).
    Beginning,
    /// The attempt is being put on record.
    Recording,
    /// The switch was ordered to call.
    Calling,
    /// The process died meanwhile: the outcome is unknown.
    Lost,
}

impl Dialling {
    /// Whether anything of it has been done.
    pub(super) fn is_begun(self) -> bool {
        self.stage != Stage::Beginning
    }
}

impl Machine {
    /// The party that this call was made to, if we made it.
    pub fn dialled(&self) -> Option<&Arc<Dialled>> {
        self.outgoing.callee()
    }

    /// Instructions to an assistant for a call that it did not take.
    fn errand(&self) -> Option<String> {
        let Dialled { target, variables, .. } = &**self.dialled()?;
        let known: Vec<String> = variables.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let known =
            if known.is_empty() { String::new() } else { format!(". Known of it: {}", known.join("; ")) };
        let by = if self.outgoing.agent_call().is_some() { "was made by an agent" } else { "is made by you" };
        Some(format!("this call {by}, to {target}{known}"))
    }

    /// The call begins, and it is we who call.
    pub(super) fn dialling_begins(&mut self, dialled: &Arc<Dialled>, now: UnixMs, fx: &mut Effects) {
        let is_new = self.outgoing.callee().is_none() && !self.numbers.has_legs();
        if !is_new || !matches!(*self.lifecycle.phase(), Phase::Waiting { .. }) {
            return;
        }
        self.outgoing.begins(dialled.clone());
        self.step(Step::Dial(Dialling { stage: Stage::Beginning, until: now + RETURN_MS }));
        if self.outgoing.agent_call().is_none() {
            self.dialling_may_begin(now, fx);
        }
    }

    /// Nobody is called who would find nobody: the agent who has begun the call is there now.
    pub(super) fn dialling_may_begin(&mut self, now: UnixMs, fx: &mut Effects) {
        if let (Some(Stage::Beginning), Some(dialled)) = (self.dialling_stage(), self.outgoing.callee()) {
            fx.push(note(Decision::DialRequested { target: dialled.target.to_string() }));
            fx.push(Effect::RecordAttempt);
            self.outgoing.dials_one_more();
            self.step(Step::Dial(Dialling { stage: Stage::Recording, until: now + RECORD_MS_MAX }));
        }
    }

    /// The attempt is on disk.
    pub(super) fn attempt_recorded(&mut self, now: UnixMs, fx: &mut Effects) {
        let callee = self.outgoing.callee().cloned();
        if let (Some(Stage::Recording), Some(dialled)) = (self.dialling_stage(), callee) {
            self.outgoing.may_be_at_large();
            let until = now + dialled.kind.queued_ms_max() + dialled.answer_ms_max() + GRACE_MS;
            fx.push(Effect::Dial(dialled));
            self.step(Step::Dial(Dialling { stage: Stage::Calling, until }));
        }
    }

    fn dialling_stage(&self) -> Option<Stage> {
        match self.lifecycle.phase() {
            Phase::Dialling(dialling) => Some(dialling.stage),
            _ => None,
        }
    }

    /// The call lives again: a lost record can be asked for twice, the dialling can't.
    pub(super) fn record_attempt_again(&self, fx: &mut Effects) {
        if let Phase::Dialling(Dialling { stage: Stage::Recording, .. }) = *self.lifecycle.phase() {
            fx.push(Effect::RecordAttempt);
        }
    }

    /// The process died while the phone was called. Whether it had been is not known; it is not called again.
    pub(super) fn dialling_lost(&mut self, now: UnixMs) {
        let (Phase::Dialling(dialling), Some(callee)) = (self.lifecycle.phase(), self.outgoing.callee())
        else {
            return;
        };
        // Nobody tells this process of the phone: no longer than one rings.
        let rings_until = now + callee.answer_ms_max() + GRACE_MS;
        let until = match dialling.stage {
            Stage::Beginning => return,
            Stage::Recording => rings_until,
            Stage::Calling | Stage::Lost => {
                dialling.until.min(rings_until).max(now + self.policy.meet_timeout_ms)
            }
        };
        self.outgoing.may_be_at_large();
        self.step(Step::Dial(Dialling { stage: Stage::Lost, until }));
    }

    /// The phone rings, or the network plays something: time for the assistant to connect.
    pub(super) fn dial_progress(&mut self, now: UnixMs, fx: &mut Effects) {
        let is_called = matches!(self.lifecycle.phase(), Phase::Dialling(dialling) if !matches!(dialling.stage, Stage::Beginning | Stage::Recording));
        if is_called {
            self.dialled_now(now);
        }
        if is_called && self.outgoing.agent_call().is_some() {
            return self.outgoing.agent_call_rings(now);
        }
        let is_mute = self.line.comes_in_halves() && self.policy.channel_mode() == ChannelMode::Esl;
        if is_called && !is_mute && !self.conversation.has_assistant() {
            self.start_voice(now, fx);
        }
    }

    /// The switch has dialled, however long it had kept the call: from now on it is the phone that is waited for.
    fn dialled_now(&mut self, now: UnixMs) {
        let (Phase::Dialling(dialling), Some(callee)) = (self.lifecycle.phase(), self.outgoing.callee())
        else {
            return;
        };
        let until = dialling.until.min(now + callee.answer_ms_max() + GRACE_MS);
        let dialled = Dialling { until, ..*dialling };
        self.step(Step::Dial(dialled));
    }

    /// Somebody, or something, has answered.
    pub(super) fn dial_answered(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) {
            self.channel.answered();
            self.audio.rules_mut().answered();
            self.answer_is_seen(now, fx);
            self.meet(now, fx);
            self.begin_media(now, fx);
        }
    }

    /// The same, where the caller of this sees to what follows from it.
    pub(super) fn answer_is_seen(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) {
            self.await_audio(now);
            self.mind_mailbox(now, fx);
        }
    }

    /// Its control or its audio is there, so it may be answered. Audio alone counts if no other report can come, and if the
    /// switch opens it only for a party that has answered: the switch's own report may come late, or be lost. The function that
    /// calls this carries the consequences out.
    pub(super) fn dialling_found(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Phase::Dialling(dialling) = self.lifecycle.phase() {
            let is_telling = dialling.stage == Stage::Lost
                || self.dialled().is_some_and(|dialled| dialled.kind.line() != LineKind::Channel);
            let is_heard = is_telling && self.caller.is_some();
            if is_heard || self.channel.is_answered() {
                self.answer_is_seen(now, fx);
            }
        }
    }

    /// Nobody was reached.
    pub(super) fn dial_failed(
        &mut self,
        failure: HandoffFailure,
        cause: Option<&HangupCause>,
        by: HangupBy,
        fx: &mut Effects,
    ) {
        // A call that lives again asks for its record twice: that the second answer is a failure says nothing of the phone that the first has had
        // called.
        let is_of_record = cause.is_some_and(|cause| *cause == HangupCause::not_recorded());
        if is_of_record && self.dialling_stage() != Some(Stage::Recording) {
            return;
        }
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) && self.outgoing.callee().is_some() {
            self.outgoing.failed(failure, by != HangupBy::Server);
            let cause = cause.cloned().unwrap_or_else(|| HangupCause(failure.as_str().to_owned()));
            self.end(Ending { cause, by }, NextStep::Hangup, fx);
        }
    }

    /// The switch did not report the outcome in time, or nobody said whether the attempt is on record: then nobody was called.
    pub(super) fn dialling_deadline(&mut self, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::Dialling(dialling) if !dialling.is_begun()) {
            return self.end_for_want_of_agent(fx);
        }
        let (failure, cause) = match self.dialling_stage() {
            Some(Stage::Recording) => (HandoffFailure::Congestion, HangupCause::not_recorded()),
            _ => (HandoffFailure::Timeout, HangupCause::dial_timeout()),
        };
        self.dial_failed(failure, Some(&cause), HangupBy::Server, fx);
    }

    /// The switch has no such channel. Right after the order to call that may be so for a moment.
    pub(super) fn dialled_channel_gone(&mut self, dialling: Dialling, fx: &mut Effects) {
        if dialling.stage == Stage::Lost {
            self.channel.gone();
            self.dialling_deadline(fx);
        }
    }

    /// The channel was hung up before it was answered: the called party did that, or the network.
    pub(super) fn dialled_channel_hung_up(&mut self, by: HangupBy, cause: &HangupCause, fx: &mut Effects) {
        let line = self.dialled().map(|dialled| dialled.kind.line());
        let failure = match cause.0.as_str() {
            "normal_clearing" | "normal_unspecified" => HandoffFailure::Declined,
            cause => HandoffFailure::of_hangup(line, cause),
        };
        self.dial_failed(failure, Some(cause), by, fx);
    }

    /// A detector says what has answered; the first word counts.
    pub(super) fn answered_by(&mut self, who: AnsweredBy, by: DetectedBy, now: UnixMs, fx: &mut Effects) {
        if self.outgoing.answered_by(who, by, now) {
            self.mind_mailbox(now, fx);
        }
    }

    /// The message for a mailbox that has answered; none if a person has, or if none is wanted.
    pub(super) fn message_for_mailbox(&self) -> Option<&str> {
        match self.outgoing.on_mailbox()? {
            OnVoicemail::LeaveMessage { text } => Some(text),
            OnVoicemail::Talk | OnVoicemail::HangUp => None,
        }
    }

    /// A mailbox has answered: the call ends, or waits for its tone, as it was asked for.
    fn mind_mailbox(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_detecting() {
            return self.detection_over(now, fx);
        }
        match (self.outgoing.on_mailbox(), self.lifecycle.phase()) {
            (Some(OnVoicemail::HangUp), Phase::Waiting { .. } | Phase::Conversing | Phase::LiveAnswer(_)) => {
                self.end_with_mailbox(fx)
            }
            (Some(OnVoicemail::LeaveMessage { .. }), Phase::Conversing | Phase::LiveAnswer(_)) => {
                self.await_tone(now, fx);
            }
            _ => {}
        }
    }

    /// A mailbox has had what it was to have.
    pub(super) fn end_with_mailbox(&mut self, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::voicemail(), by: HangupBy::Server };
        self.end(ending, NextStep::Hangup, fx);
    }

    /// Why a call that ends now has not reached whom it was for.
    fn failure_at_end(&self, by: HangupBy) -> Option<HandoffFailure> {
        self.outgoing.callee()?;
        let given_up =
            matches!(*self.lifecycle.phase(), Phase::Dialling(_)).then_some(HandoffFailure::CallerLeft);
        let mailbox = self.outgoing.on_mailbox().filter(|on_mailbox| **on_mailbox != OnVoicemail::Talk);
        let is_without_agent = self.answered_at.is_some() && self.is_for_agents();
        let nobody = is_without_agent.then_some(HandoffFailure::NobodyFree);
        let of_mailbox = mailbox.map(|_| HandoffFailure::Voicemail);
        // A person who heard nothing, or a machine: nobody knows, and nobody has talked with them.
        let is_early = (self.is_detecting() && by == HangupBy::Caller) || self.is_lost_undetected();
        let left_early = is_early.then_some(HandoffFailure::HungUpEarly);
        self.outgoing.failure().or(given_up).or(of_mailbox).or(nobody).or(left_early)
    }

    /// Whether their audio has ended while our own detector listened, and has not come back: its end is often here before the switch says that
    /// they have hung up.
    fn is_lost_undetected(&self) -> bool {
        let Phase::Interrupted { since, .. } = *self.lifecycle.phase() else { return false };
        self.outgoing.lost_undetected_at() == Some(since)
    }

    /// The call ends: the consequences for the party that it called, before anything else is released.
    pub(super) fn end_dialling(&mut self, by: HangupBy, fx: &mut Effects) {
        let failure = self.failure_at_end(by).or_else(|| self.failure_of_begun(by));
        fx.extend(failure.map(|failure| note(Decision::OutboundFailed { failure })));
        self.end_begun(failure, by, fx);
    }

    /// A call at the switch that has to be ended and that no link leads to, for a call that ends now.
    pub(super) fn left_at_large(&mut self) -> Option<Effect> {
        // A stream between documents is a way to the party that answered: when it ends, their switch asks what next.
        let has_way = self.channel.link().is_some() || self.line.asks_what_next();
        let is_reached = has_way || self.channel.is_gone();
        if is_reached {
            return None;
        }
        self.outgoing.takes_at_large().map(Effect::StopDialling)
    }

    /// An assistant gets the purpose of the call once.
    pub(super) fn tell_errand(&self, fx: &mut Effects) {
        if let Some(errand) = self.errand() {
            self.order(AssistantOrder::Happened(errand), fx);
        }
    }
}
