//! Carries effects out: orders of the machine to legs, assistant, recorder and store.

use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::fold::recording_file;
use cordboard_schema::ids::{CordId, EffectId, LegId};
use cordboard_schema::switch::ControlLink;
use cordboard_schema::tool::ToolOutcome;
use tracing::Instrument;

use super::actor::CallIdentity;
use super::live_call::LiveCall;
use super::neighbours::ChainPlace;
use super::writing;
use crate::media::recorder::RecordingEvent;
use crate::media::{ItemPlayed, Pace, Port, plug, plug_alongside, unplug};
use crate::messages::{ChannelAction, NotWritten, StoreFault, ToLeg, WriteDone, WriteForCall};
use crate::tools::ToolWrite;
use cordboard_call::effect::Effect;

impl LiveCall {
    /// Carries out one effect. Facts that arise at once reach the machine after all effects of the step.
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            // Already journalled with its fact, before the effects.
            Effect::Note(_) => {}
            Effect::StartLeg(leg) => self.start_leg(leg),
            Effect::RefuseLeg(leg) => self.refuse_arrival(leg),
            Effect::StartRecording(leg) => self.start_recording(leg),
            Effect::StartAssistant { leg, role, place, has_next } => {
                self.start_assistant(leg, ChainPlace { role, place, has_next });
            }
            Effect::TryAssistant { leg, place } => self.try_assistant(leg, place),
            Effect::TakeOver(leg) => self.take_over(leg),
            Effect::DismissCandidate => self.assistants.dismiss_candidate(),
            Effect::Assistant(order) => self.order_assistant(order),
            Effect::Plug(cord) => self.plug(cord),
            Effect::Unplug(cord) => self.unplug(cord),
            Effect::Clear(cord) => self.clear(cord),
            Effect::SendDtmf { leg, digits } => self.send_dtmf(leg, digits),
            Effect::ReleaseLeg(leg) => self.release_leg(leg),
            Effect::TakeControl(control) => self.take_control(control),
            Effect::RefuseControl { control, next } => self.refuse_control(control, next),
            Effect::ResyncControl(control) => self.resync_control(control),
            Effect::ReleaseControl(control) => self.controls.release(control),
            Effect::Listen(listening) => self.listen(listening),
            Effect::SoundPlayedBy(link) => self.sound_played_by(link),
            Effect::Channel { link, effect, action } => self.act(link, effect, action),
            Effect::StartStream { link, effect } => self.start_stream(link, effect),
            Effect::StartUnicast { leg, link, effect, read_rate } => {
                self.start_unicast(leg, link, effect, read_rate);
            }
            Effect::StartMusic(leg) => self.start_music(leg),
            Effect::StopMusic(leg) => self.legs.own.stop_music(leg),
            Effect::CheckExtension { effect, phone } => self.check_extension(effect, phone),
            Effect::CheckPlace { effect, place, phone } => self.check_place(effect, place, phone),
            Effect::CacheProfile { handoff, extensions } => self.cache_profile(handoff, extensions),
            Effect::Ring { handoff, phone, timeout_ms } => self.ring(handoff, phone, timeout_ms),
            Effect::StopRinging { handoff } => self.stop_ringing(handoff),
            Effect::Offer { handoff, place, reason, ring_ms, accepts, since, let_in } => {
                self.offer(handoff, place, (reason, ring_ms, accepts), (since, let_in));
            }
            Effect::WithdrawOffer { handoff, is_taken } => self.withdraw_offer(handoff, is_taken),
            Effect::RingPhone { ringing, target, timeout_ms } => self.ring_phone(ringing, target, timeout_ms),
            Effect::StopPhone { ringing } => self.stop_phone(ringing),
            Effect::TakeOffer { handoff, user_id } => self.take_offer(handoff, user_id),
            Effect::PassOffer { handoff, user_id, failure } => self.pass_offer(handoff, user_id, failure),
            Effect::AgentIs { user_id, status } => self.agent_is(user_id, status),
            Effect::AgentLeft { user_id, has_talked } => self.agent_left(user_id, has_talked),
            Effect::CallColleague { handoff, place, by, ring_ms } => {
                self.call_colleague(handoff, place, by, ring_ms);
            }
            Effect::NotReached { user_id, to, failure } => self.not_reached(user_id, to, failure),
            Effect::StartRingBack { leg, to } => self.start_ring_back(leg, to),
            Effect::StopRingBack(leg) => self.legs.own.stop_ring_back(leg),
            Effect::BridgeCallee { link, effect, handoff } => self.bridge_callee(link, effect, handoff),
            Effect::RecordAttempt => self.record_attempt(),
            Effect::Dial(dialled) => self.dial(&dialled),
            Effect::StopDialling(dialled) => self.stop_dialling(&dialled),
            Effect::EndBySwitch => {
                self.end_by_switch();
            }
            Effect::StartDetection(leg) => self.start_detection(leg),
            Effect::StartToneWatch(leg) => self.start_tone_watch(leg),
            Effect::StopToneWatch(leg) => self.legs.own.stop_tone_watch(leg),
            Effect::Resync(leg) => self.resync(leg),
            Effect::SaveMessage(effect) => self.save_message(effect),
            Effect::RunCustomTool { effect, tool, arguments } => {
                self.run_custom_tool(effect, tool, arguments)
            }
            Effect::Write { effect, write } => self.write(effect, *write),
            Effect::AnswerNext(next) => self.answer_next(next),
            Effect::AnswerDocument(step) => self.answer_document(step),
        }
    }

    fn plug(&self, cord: CordId) {
        let Some((from, to)) = self.ends(cord) else { return };
        // A supervisor hears the rest of what is being said to the caller.
        match self.machine.caller_supervised_at(cord.to).and_then(|caller| self.port(caller)) {
            Some(caller) => plug_alongside(&from.mouth, &to.ear, &caller.ear),
            None => plug(&from.mouth, &to.ear),
        }
    }

    fn unplug(&mut self, cord: CordId) {
        let played = self.ends(cord).map(|(from, to)| unplug(&from.mouth, &to.ear)).unwrap_or_default();
        let is_of_assistant = self.assistants.port(cord.from).is_some() || !played.is_empty();
        let hears_others = self.port(cord.to).is_some_and(|port| port.ear.is_plugged());
        if stops_sound_on_its_way(is_of_assistant, hears_others) {
            self.taken_out(cord.to, played);
        }
    }

    /// Drops sound that has come by this cord and was not played yet.
    fn clear(&mut self, cord: CordId) {
        let played = self.ends(cord).map(|(_, to)| to.ear.clear(cord)).unwrap_or_default();
        let is_callers = !self.legs.is_others(cord.to);
        if is_callers {
            self.record.cleared();
        }
        // A supervisor hears the caller as well: that sound is not stopped while the assistant says nothing.
        if is_callers || !played.is_empty() {
            self.taken_out(cord.to, played);
        }
    }

    /// A leg that is gone plays nothing, and its caller misses nothing. Digits that a leg does not accept are reported.
    fn send_dtmf(&mut self, leg: LegId, digits: Vec<Digit>) {
        let is_ordered = self.legs.line(leg).is_none_or(|line| line.order(ToLeg::SendDtmf(digits)));
        if !is_ordered {
            let (effect, reason) = ("send_dtmf".to_owned(), "the leg accepts no more orders".to_owned());
            self.agenda.add(Fact::EffectFailed { effect, reason });
        }
    }

    fn release_leg(&self, leg: LegId) {
        if let Some(line) = self.legs.line(leg) {
            line.order(ToLeg::Release);
        }
    }

    fn bridge_callee(&mut self, link: ControlLink, effect: EffectId, handoff: EffectId) {
        let channel = self.agent_channel(handoff);
        self.act(link, effect, ChannelAction::BridgeWith { channel });
    }

    fn start_recording(&mut self, leg: LegId) {
        let Some((leg, rate)) = self.legs.line(leg).zip(self.legs.rate(leg)) else { return };
        if let Some(reason) = self.neighbours.recorder.paused() {
            return self.agenda.add(Fact::RecordingFailed { reason });
        }
        let path = self.neighbours.recordings_dir.join(recording_file(self.identity.call_id));
        let line = self.line.clone();
        let track = self.neighbours.recorder.open(path, rate, move |event| {
            if let Some(fact) = recording_fact(event) {
                line.fact(fact);
            }
        });
        self.wind_up.recording_began();
        leg.order(ToLeg::Record(track));
    }

    /// Items were taken out of a leg's ear. The ear knows how much of them was heard, unless the leg's switch plays
    /// its sound later; then the leg reports it.
    fn taken_out(&mut self, leg: LegId, played: Vec<ItemPlayed>) {
        match self.legs.line(leg).zip(self.legs.port(leg)) {
            Some((line, port)) if port.ear.pace() == Pace::Buffered => {
                line.order(ToLeg::Cleared(played));
            }
            _ => self.heard(leg, played),
        }
    }

    /// The ports at the ends of a cord, if both legs still exist.
    fn ends(&self, cord: CordId) -> Option<(&Port, &Port)> {
        Some((self.port(cord.from)?, self.port(cord.to)?))
    }

    fn port(&self, leg: LegId) -> Option<&Port> {
        self.assistants.port(leg).or_else(|| self.legs.port(leg))
    }

    /// The message is in the journal since its decision was noted; it is kept once that is on disk. The actor does
    /// not wait for the disk: whichever actor has the call by then gets the report.
    fn save_message(&self, effect: EffectId) {
        let (committed, line) = (self.committed(), self.line.clone());
        let saving = async move {
            let outcome = match committed.await {
                Ok(()) => ToolOutcome::done("the message is kept"),
                Err(fault) => ToolOutcome::failed(fault.to_string()),
            };
            line.fact(Fact::ToolDone { effect, outcome, written: None });
        };
        actix_rt::spawn(saving.instrument(self.span.clone()));
    }

    /// A written row can't be undone, so the request must be on disk first. Each wait has a timeout, so that the
    /// assistant always gets an answer; some rows are written later than that.
    fn write(&mut self, effect: EffectId, write: ToolWrite) {
        let CallIdentity { organization_id, call_id } = self.identity;
        let must_be_written = write.must_be_written();
        if must_be_written {
            self.wind_up.pending_write_began(effect);
        }
        let (committed, line, store) = (self.committed(), self.line.clone(), self.neighbours.writes.clone());
        let commit = self.neighbours.commit.clone();
        let writing = async move {
            let request = WriteForCall { organization_id, call_id, effect, write };
            let done = writing::written(committed, &store, request.clone()).await;
            let is_late =
                must_be_written && matches!(done, Err(NotWritten::Store(_) | NotWritten::Unconfirmed));
            let (outcome, written) = match done {
                Ok(WriteDone { note, written }) => (ToolOutcome::done(&note), written),
                Err(NotWritten::Refused(reason)) => (ToolOutcome::Refused { reason }, None),
                Err(fault) => (ToolOutcome::failed(fault.to_string()), None),
            };
            line.fact(Fact::ToolDone { effect, outcome, written });
            if is_late
                && let Some(WriteDone { note, written }) = writing::written_late(commit, store, request).await
            {
                // A call that is over has no use for it.
                line.fact(Fact::ToolDone { effect, outcome: ToolOutcome::done(&note), written });
            }
        };
        actix_rt::spawn(writing.instrument(self.span.clone()));
    }

    /// Resolves when everything that this call has journalled is on disk, or with the reason why that is not known in time.
    pub(super) fn committed(&self) -> impl Future<Output = Result<(), StoreFault>> + use<> {
        writing::committed(&self.neighbours.commit)
    }
}

/// Whether a leg whose switch plays its sound later stops what it was given, because a cord to it has ended. All cords
/// of a leg share that sound. If the music of a waiting caller ends because the assistant begins to speak, the
/// assistant's first words are in it: they would be lost, and the utterance would count as cut short.
const fn stops_sound_on_its_way(is_of_assistant: bool, hears_others: bool) -> bool {
    is_of_assistant || !hears_others
}

/// The recorder's event as a fact; `None` for an event that is only logged.
fn recording_fact(event: RecordingEvent) -> Option<Fact> {
    match event {
        RecordingEvent::Began { offset_ms } => Some(Fact::RecordingStarted { offset_ms }),
        RecordingEvent::Failed { error } => Some(Fact::RecordingFailed { reason: error }),
        RecordingEvent::Finished { ms, .. } => Some(Fact::RecordingFinished { duration_ms: ms }),
        // Also if nothing was lost: by this the call knows that its recording is written again.
        RecordingEvent::Recovered { lost_ms } | RecordingEvent::Lost { lost_ms } => {
            Some(Fact::RecordingLost { lost_ms })
        }
        RecordingEvent::Resumed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_music_does_not_stop_an_assistants_words() {
        assert!(!stops_sound_on_its_way(false, true), "the assistant speaks to a caller who waits");
        assert!(stops_sound_on_its_way(false, false), "the music of a hold is over at once");
        assert!(stops_sound_on_its_way(true, true) && stops_sound_on_its_way(true, false));
    }
}
