//! A call that we make: recorded, dialled once, answered or not. Once it is answered it continues like an inbound call.
//!
//! ```text
//! (Beginning, if an agent begins it: until they can be heard)
//! Recording ──on disk──> Calling ──answered──> Waiting (for audio and control) ──> Conversing
//!     │                     │ ▲  failed, out of time, given up
//!     │ not in time         │ └── its process died: Lost, never dialled again, found by its audio, its control, or a report
//!     └─────────────────────┴──────────────> Ended, with the failure
//! ```
//!
//! While the phone rings the assistant connects, so that it only has to speak when the call is answered. No cord leads to the other party
//! before that, because early media is not an answer.

use std::sync::Arc;

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::caller_line::{ChannelMode, LineKind};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::limits::COMMIT_WAIT_MS;
use cordboard_schema::outbound::{AnsweredBy, DetectedBy, Dialled, OnVoicemail};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::participants::RETURN_MS;
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::AssistantOrder;

/// How much longer than its ringing time a phone is awaited, in ms. The switch counts whole seconds or rings up to 5 s longer, and then
/// reports why nobody answered.
const GRACE_MS: u64 = 15_000;
/// How long the journal's confirmation is awaited, in ms: longer than the store itself waits for a commit.
const RECORD_MS_MAX: u64 = COMMIT_WAIT_MS + 1_000;

/// A phone that is being called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialling {
    stage: Stage,
    pub(super) until: UnixMs,
}

/// The stages of a call that we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The agent who begins it can't be heard yet (`agent_calls.rs`).
    Beginning,
    /// The attempt is being written to disk.
    Recording,
    /// The switch was ordered to call.
    Calling,
    /// The process died during the call attempt, so the outcome is unknown.
    Lost,
}

impl Dialling {
    /// Whether anything has been done yet.
    pub(super) fn is_begun(self) -> bool {
        self.stage != Stage::Beginning
    }
}

impl Machine {
    /// Returns the party that this call was made to, if we made it.
    pub fn dialled(&self) -> Option<&Arc<Dialled>> {
        self.outgoing.callee()
    }

    /// Returns what an assistant is told about a call that we make.
    fn errand(&self) -> Option<String> {
        Some(self.dialled()?.errand(self.outgoing.agent_call().is_some()))
    }

    /// A call begins that we make.
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

    /// The agent who began the call is connected, so the called party will not meet silence: the dialling may begin.
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

    /// Returns the party whose switch was ordered to call them, or may have been, while their answer is awaited.
    pub fn awaited_callee(&self) -> Option<&Arc<Dialled>> {
        let is_called = self.dialling_stage().is_some_and(|stage| stage != Stage::Beginning);
        self.outgoing.callee().filter(|_| is_called)
    }

    /// Returns the name that the switch has given the call, if it has one and has reported it.
    pub fn callee_at_switch(&self) -> Option<&OutsideId> {
        self.outgoing.name_at_switch()
    }

    fn dialling_stage(&self) -> Option<Stage> {
        match self.lifecycle.phase() {
            Phase::Dialling(dialling) => Some(dialling.stage),
            _ => None,
        }
    }

    /// The call's actor has restarted. The record of the attempt can be requested again; the dialling can't.
    pub(super) fn record_attempt_again(&self, fx: &mut Effects) {
        if let Phase::Dialling(Dialling { stage: Stage::Recording, .. }) = *self.lifecycle.phase() {
            fx.push(Effect::RecordAttempt);
        }
    }

    /// The process died while the phone was called. Whether it was dialled is unknown, so it is not dialled again.
    pub(super) fn dialling_lost(&mut self, now: UnixMs) {
        let (Phase::Dialling(dialling), Some(callee)) = (self.lifecycle.phase(), self.outgoing.callee())
        else {
            return;
        };
        let rings_until = now + callee.answer_ms_max() + GRACE_MS;
        let until = match dialling.stage {
            Stage::Beginning => return,
            // Hardly any switch has got the order: the journal would have it.
            Stage::Recording => rings_until,
            // The switch may still keep the call in its queue. Its ringing time counts once it reports that it has dialled.
            Stage::Calling | Stage::Lost => {
                let queued_until = rings_until + callee.kind.queued_ms_max();
                dialling.until.min(queued_until).max(now + self.policy.meet_timeout_ms)
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
        let is_mute = self.line.has_separate_audio() && self.policy.channel_mode() == ChannelMode::Esl;
        if is_called && !is_mute && !self.conversation.has_assistant() {
            self.start_voice(now, fx);
        }
    }

    /// The switch has dialled, however long it had queued the call. The ringing time counts from now.
    fn dialled_now(&mut self, now: UnixMs) {
        let (Phase::Dialling(dialling), Some(callee)) = (self.lifecycle.phase(), self.outgoing.callee())
        else {
            return;
        };
        let until = dialling.until.min(now + callee.answer_ms_max() + GRACE_MS);
        let dialled = Dialling { until, ..*dialling };
        self.step(Step::Dial(dialled));
    }

    /// A person or a machine has answered.
    pub(super) fn dial_answered(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) {
            self.channel.answered();
            self.audio.rules_mut().answered();
            self.answer_is_seen(now, fx);
            self.meet(now, fx);
            self.begin_media(now, fx);
        }
    }

    /// Like `dial_answered`, but leaves what follows to the code that calls it.
    pub(super) fn answer_is_seen(&mut self, now: UnixMs, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) {
            self.await_audio(now);
            self.mind_mailbox(now, fx);
        }
    }

    /// The call's control or audio has connected, so the phone may have been answered. Audio alone counts as an answer if no other report
    /// can come, or if the switch opens audio only for an answered call, because the switch's own report may come late or be lost. The code
    /// that calls this handles what follows.
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
        // A restarted call requests its record twice. If the second request fails, this says nothing about the phone that was dialled after
        // the first.
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

    /// The switch did not report the outcome in time. Or the attempt was not confirmed to be on record, and then nobody was called.
    pub(super) fn dialling_deadline(&mut self, fx: &mut Effects) {
        if matches!(*self.lifecycle.phase(), Phase::Dialling(dialling) if !dialling.is_begun()) {
            return self.end_without_agent_audio(fx);
        }
        let (failure, cause) = match self.dialling_stage() {
            Some(Stage::Recording) => (HandoffFailure::Congestion, HangupCause::not_recorded()),
            _ => (HandoffFailure::Timeout, HangupCause::dial_timeout()),
        };
        self.dial_failed(failure, Some(&cause), HangupBy::Server, fx);
    }

    /// The switch has no such channel. Right after the order to dial this may be true for a moment.
    pub(super) fn dialled_channel_gone(&mut self, dialling: Dialling, fx: &mut Effects) {
        if dialling.stage == Stage::Lost {
            self.channel.gone();
            self.dialling_deadline(fx);
        }
    }

    /// The channel was hung up before it was answered, by the called party or the network.
    pub(super) fn dialled_channel_hung_up(&mut self, by: HangupBy, cause: &HangupCause, fx: &mut Effects) {
        let line = self.dialled().map(|dialled| dialled.kind.line());
        let failure = match cause.0.as_str() {
            "normal_clearing" | "normal_unspecified" => HandoffFailure::Declined,
            cause => HandoffFailure::of_hangup(line, cause),
        };
        self.dial_failed(failure, Some(cause), by, fx);
    }

    /// Whether the call is taken back because its callee may no longer be called, although they have answered by now. They are talked with,
    /// because otherwise they would hear a click and nothing else.
    pub(super) fn is_taken_back_late(&self, by: HangupBy, cause: &HangupCause) -> bool {
        let is_taken_back = by == HangupBy::Server && *cause == HangupCause::not_callable();
        is_taken_back && !matches!(*self.lifecycle.phase(), Phase::Dialling(_) | Phase::Ended)
    }

    /// A detector reports what has answered. The first report counts.
    pub(super) fn answered_by(&mut self, who: AnsweredBy, by: DetectedBy, now: UnixMs, fx: &mut Effects) {
        if self.outgoing.answered_by(who, by, now) {
            self.mind_mailbox(now, fx);
        }
    }

    /// Returns the message for a mailbox that has answered; `None` if a person has, or no message is wanted.
    pub(super) fn message_for_mailbox(&self) -> Option<&str> {
        match self.outgoing.on_mailbox()? {
            OnVoicemail::LeaveMessage { text } => Some(text),
            OnVoicemail::Talk | OnVoicemail::HangUp => None,
        }
    }

    /// A mailbox has answered. As requested, the call ends or waits for the mailbox's tone.
    fn mind_mailbox(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_detecting() {
            return self.detection_over(now, fx);
        }
        let is_with_us = match self.lifecycle.phase() {
            Phase::Conversing | Phase::OnHold | Phase::TakingMessage(_) | Phase::LiveAnswer(_) => true,
            // A message is left once they are back.
            Phase::Waiting { .. } | Phase::Interrupted { .. } => false,
            _ => return,
        };
        match self.outgoing.on_mailbox() {
            Some(OnVoicemail::HangUp) => self.end_with_mailbox(fx),
            Some(OnVoicemail::LeaveMessage { .. }) if is_with_us => self.await_tone(now, fx),
            Some(OnVoicemail::LeaveMessage { .. } | OnVoicemail::Talk) | None => {}
        }
    }

    /// The message was left, or nothing was to be left: the call to the mailbox ends.
    pub(super) fn end_with_mailbox(&mut self, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::voicemail(), by: HangupBy::Server };
        self.end(ending, NextStep::Hangup, fx);
    }

    /// Returns why a call that ends now has not reached the person it was for.
    fn failure_at_end(&self, by: HangupBy) -> Option<HandoffFailure> {
        self.outgoing.callee()?;
        let given_up =
            matches!(*self.lifecycle.phase(), Phase::Dialling(_)).then_some(HandoffFailure::CallerLeft);
        let mailbox = self.outgoing.on_mailbox().filter(|on_mailbox| **on_mailbox != OnVoicemail::Talk);
        let is_without_agent = self.answered_at.is_some() && self.is_for_agents();
        let no_agent = is_without_agent.then_some(HandoffFailure::NobodyFree);
        let of_mailbox = mailbox.map(|_| HandoffFailure::Voicemail);
        // Either a person who heard nothing, or a machine. In any case nobody has talked with them.
        let has_left_early = by == HangupBy::Caller && (self.is_detecting() || self.is_unheard());
        let is_early = has_left_early || self.is_lost_undetected();
        let left_early = is_early.then_some(HandoffFailure::HungUpEarly);
        self.outgoing.failure().or(given_up).or(of_mailbox).or(no_agent).or(left_early)
    }

    /// Whether they have answered, as their switch reports, and their audio is not here yet: the line's own detection may listen first.
    fn is_unheard(&self) -> bool {
        self.answered_at.is_none() && matches!(*self.lifecycle.phase(), Phase::Waiting { .. })
    }

    /// Whether their audio ended while our own detector was listening, and has not come back. The end of the audio is often noticed before
    /// the switch reports the hang-up.
    fn is_lost_undetected(&self) -> bool {
        let Phase::Interrupted { since, .. } = *self.lifecycle.phase() else { return false };
        self.outgoing.lost_undetected_at() == Some(since)
    }

    /// The call ends. Handles the party that it called, before anything else is released.
    pub(super) fn end_dialling(&mut self, by: HangupBy, fx: &mut Effects) {
        let failure = self.failure_at_end(by).or_else(|| self.failure_of_begun(by));
        fx.extend(failure.map(|failure| note(Decision::OutboundFailed { failure })));
        self.end_begun(failure, by, fx);
    }

    /// For a call that ends now: returns the effect that ends its call at the switch if no link leads there.
    pub(super) fn left_at_large(&mut self) -> Option<Effect> {
        // A stream between documents is a way to the party that answered: when it ends, their switch asks what comes next.
        let has_way = self.channel.link().is_some() || self.line.asks_what_next();
        let is_reached = has_way || self.channel.is_gone();
        if is_reached {
            return None;
        }
        self.outgoing.take_at_large().map(Effect::StopDialling)
    }

    /// Tells the assistant the purpose of the call, once.
    pub(super) fn report_errand(&self, fx: &mut Effects) {
        if let Some(errand) = self.errand() {
            self.order(AssistantOrder::Happened(errand), fx);
        }
    }
}
