//! Which part of the call handles a fact, by subject. A fact that does not fit the state changes nothing.

use cordboard_schema::call::HangupBy;
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::time::UnixMs;

use super::handoffs::{CallingBack, QueueOverflow};
use super::line::LineEvent;
use super::recording::Recording;
use super::{Effects, Machine};
use crate::handoff::{HandoffEvent, Route};

impl Machine {
    /// Passes a fact to its part of the call.
    pub(super) fn take_in(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::CallStarted { .. } => self.call_started(fact, now, fx),
            Fact::AttemptRecorded
            | Fact::DialAccepted { .. }
            | Fact::DialProgress { .. }
            | Fact::DialAnswered
            | Fact::DialFailed { .. }
            | Fact::AnsweredBy { .. }
            | Fact::VoicemailTone => self.take_in_dialling(fact, now, fx),
            Fact::OutsideIdAdded { .. }
            | Fact::ControlAttached { .. }
            | Fact::ControlLost { .. }
            | Fact::ChannelAnswered
            | Fact::Bridged { .. }
            | Fact::Unbridged
            | Fact::ChannelGone
            | Fact::Held
            | Fact::Unheld
            | Fact::ActionDone { .. }
            | Fact::ExtensionChecked { .. }
            | Fact::PlaceChecked { .. }
            | Fact::Announced { .. }
            | Fact::NextAsked { .. }
            | Fact::DocumentAsked { .. }
            | Fact::Hangup { .. } => self.take_in_channel(fact, now, fx),
            Fact::ProfileCached { .. }
            | Fact::HandoffAccepted { .. }
            | Fact::HandoffFailed { .. }
            | Fact::PhoneOffered { .. }
            | Fact::PhoneOfferGone { .. }
            | Fact::PhoneTold { .. }
            | Fact::PhoneLegArrived { .. }
            | Fact::DeskAccepted { .. }
            | Fact::DeskFailed { .. }
            | Fact::QueueEntered { .. }
            | Fact::QueuePlaced { .. }
            | Fact::OfferPassed { .. }
            | Fact::DeskRinging { .. } => self.take_in_handoff(fact, now, fx),
            Fact::AgentAsked { .. }
            | Fact::SupervisorAsked { .. }
            | Fact::HoldAsked
            | Fact::UnholdAsked
            | Fact::ParkAsked
            | Fact::Parked { .. }
            | Fact::VariablesAsked { .. }
            | Fact::TransferAsked { .. }
            | Fact::HandoffAsked { .. }
            | Fact::SayAsked { .. }
            | Fact::DtmfAsked { .. } => self.take_request_fact(fact, now, fx),
            Fact::LegArrived { .. }
            | Fact::LegJoined { .. }
            | Fact::LegLeft { .. }
            | Fact::Dtmf { .. }
            | Fact::Typed { .. }
            | Fact::PersonAsked { .. }
            | Fact::RecordingStarted { .. }
            | Fact::RecordingFailed { .. }
            | Fact::RecordingLost { .. } => self.take_in_leg(fact, now, fx),
            Fact::AssistantReady { .. }
            | Fact::AssistantInterrupted { .. }
            | Fact::AssistantFailed { .. }
            | Fact::SpeechStarted
            | Fact::SpeechStopped { .. }
            | Fact::Transcript { .. }
            | Fact::ItemStarted { .. }
            | Fact::ItemComplete { .. }
            | Fact::PlayedUntil { .. }
            | Fact::ToolCall { .. }
            | Fact::ToolDone { .. }
            | Fact::Usage { .. } => self.take_in_assistant(fact, now, fx),
            Fact::ServerRestarted { .. }
            | Fact::Reborn { .. }
            | Fact::FactsMissed { .. }
            | Fact::ServerDraining
            | Fact::DrainExpired
            | Fact::ServerStopping
            | Fact::DeadlinePassed => self.take_in_process(fact, now, fx),
            // An assistant whose provider is connected again continues by itself.
            Fact::AssistantRestored { .. }
            | Fact::LegMisconfigured { .. }
            | Fact::RecordingFinished { .. }
            | Fact::LineMeasured { .. }
            | Fact::HandoffRinging { .. }
            | Fact::VoicemailLeft { .. }
            | Fact::ConversationReported { .. }
            | Fact::StepPanicked { .. }
            | Fact::EffectFailed { .. } => {}
        }
    }

    fn call_started(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        let Fact::CallStarted { outside_ids, dialled, direction, announced, begun, .. } = fact else {
            return;
        };
        let calling_back = CallingBack::of(*direction, announced.as_ref());
        self.handoffs.call_begins(calling_back);
        if let Some(announcement) = announced {
            self.take_in_announcement(announcement);
        }
        outside_ids.iter().for_each(|outside_id| self.named_outside(outside_id));
        if let Some(begun) = begun {
            self.begun_at_desk(begun, dialled.as_deref(), now);
        }
        if let Some(dialled) = dialled {
            self.dialling_begins(dialled, now, fx);
        }
    }

    /// Notes what an announcement says of the caller's line, whether it comes with the call or later.
    fn take_in_announcement(&mut self, announcement: &Announcement) {
        self.line.apply(LineEvent::Announced { reports_missing_place: announcement.reports_missing_place() });
        if announcement.writes {
            self.conversation.caller_writes();
        }
    }

    /// Facts about the party that we call.
    fn take_in_dialling(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::AttemptRecorded => self.attempt_recorded(now, fx),
            Fact::DialAccepted { outside_id } => self.outgoing.accepted_as(outside_id),
            Fact::DialProgress { .. } => self.dial_progress(now, fx),
            Fact::DialAnswered => self.dial_answered(now, fx),
            Fact::DialFailed { failure, cause } => {
                self.dial_failed(*failure, cause.as_ref(), HangupBy::Switch, fx);
            }
            Fact::AnsweredBy { who, by } => self.answered_by(*who, *by, now, fx),
            Fact::VoicemailTone => self.tone_over(now, fx),
            _ => {}
        }
    }

    /// Facts about the caller's channel at their switch: its control, its end, and its requests.
    fn take_in_channel(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::OutsideIdAdded { outside_id } => self.named_outside(outside_id),
            Fact::ControlAttached { link, channel } => {
                self.handoffs.calling_back_mut().seen(channel);
                self.control_attached(*link, channel, now, fx);
            }
            Fact::ControlLost { link, .. } => self.control_lost(*link, now, fx),
            Fact::ChannelAnswered => self.channel_answered(now, fx),
            Fact::Bridged { other } => self.bridged(other, now, fx),
            Fact::Unbridged => self.unbridged(now, fx),
            Fact::ChannelGone => self.channel_gone(now, fx),
            Fact::Held => self.phone_holds(now, fx),
            Fact::Unheld => self.phone_unholds(now, fx),
            Fact::ActionDone { effect, outcome } => self.action_reported(*effect, outcome, now, fx),
            Fact::ExtensionChecked { effect, checked } => {
                self.extension_checked(*effect, checked.as_ref(), now, fx);
            }
            Fact::PlaceChecked { .. } => self.place_reported(fact, now, fx),
            Fact::Announced { announcement } => {
                self.handoffs.calling_back_mut().announced(announcement);
                self.take_in_announcement(announcement);
                self.announced(now, fx);
            }
            Fact::NextAsked { lacks } => self.next_asked(*lacks, now, fx),
            Fact::DocumentAsked { question } => self.document_asked(question, now, fx),
            Fact::Hangup { by, cause } => self.hung_up(*by, cause, fx),
            _ => {}
        }
    }

    /// Facts about the people who are asked to take the caller.
    fn take_in_handoff(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::ProfileCached { handoff, brief, .. } => {
                self.profile_reported(*handoff, brief.as_deref(), now, fx);
            }
            Fact::HandoffAccepted { handoff } => {
                self.person_rung(*handoff, &HandoffEvent::Accepted, now, fx);
            }
            Fact::HandoffFailed { handoff, failure } => {
                self.person_rung(*handoff, &HandoffEvent::Failed(Route::Phone, *failure), now, fx);
            }
            Fact::PhoneOffered { .. }
            | Fact::PhoneOfferGone { .. }
            | Fact::PhoneTold { .. }
            | Fact::PhoneLegArrived { .. } => self.phone_reported(fact, now, fx),
            Fact::DeskAccepted { handoff, user_id, extension, .. } => {
                self.desk_accepted(*handoff, *user_id, extension.as_deref(), now, fx);
            }
            Fact::DeskFailed { handoff, failure, overflow, queue_id } => {
                let given_up = QueueOverflow::of(*handoff, overflow.as_ref(), *queue_id);
                self.desk_failed(*handoff, *failure, given_up, now, fx);
            }
            Fact::QueueEntered { handoff, .. } => self.entered_queue(*handoff, now, fx),
            Fact::QueuePlaced { handoff, position, wait_s } => {
                self.placed_in_queue(*handoff, *position, *wait_s, fx);
            }
            Fact::DeskRinging { handoff } => self.desk_rings(*handoff, now, fx),
            Fact::OfferPassed { handoff, user_id, .. } => {
                let _ = self.handoffs.take_pass_at_phone(*handoff, *user_id, now);
            }
            _ => {}
        }
    }

    /// Requests of agents, supervisors and programs.
    fn take_request_fact(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::AgentAsked { user_id, wish } => self.agent_asked(*user_id, wish, now, fx),
            Fact::SupervisorAsked { user_id, wish } => self.supervisor_asked(*user_id, wish, now, fx),
            Fact::HoldAsked => self.hold_asked(now, fx),
            Fact::UnholdAsked => self.unhold_with_a_word(now, fx),
            Fact::ParkAsked => self.park_asked(now, fx),
            Fact::Parked { .. } => self.parked(now, fx),
            Fact::VariablesAsked { variables } => self.variables_asked(variables, fx),
            Fact::TransferAsked { target } => self.transfer_asked(target, now, fx),
            Fact::HandoffAsked { target } => self.handoff_asked(target, now, fx),
            Fact::SayAsked { text } => self.say_asked(text, fx),
            Fact::DtmfAsked { digits } => self.dtmf_asked(digits, fx),
            _ => {}
        }
    }

    /// Facts about the legs, and what came over them besides sound.
    fn take_in_leg(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::LegArrived { leg, leg_kind, confirmed, agent, .. } => {
                self.leg_arrived(*leg, *leg_kind, *confirmed, *agent, now, fx);
            }
            Fact::LegJoined { leg, .. } => self.leg_joined(*leg, now, fx),
            Fact::LegLeft { leg, how } => self.leg_left(*leg, *how, now, fx),
            Fact::Dtmf { leg, digit, .. } => self.key_pressed(*leg, *digit, now, fx),
            Fact::Typed { leg, text } => self.typed(*leg, text, now, fx),
            Fact::PersonAsked { leg } => self.person_asked(*leg, now, fx),
            Fact::RecordingStarted { offset_ms } => {
                self.recording = Some(Recording::begun(now, *offset_ms));
            }
            Fact::RecordingFailed { .. } => self.recording_fails(now),
            Fact::RecordingLost { .. } => self.recording_goes_on(),
            _ => {}
        }
    }

    /// Facts about the assistant, speech, and tools.
    fn take_in_assistant(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::AssistantReady { leg, speaks_text, .. } => {
                self.assistant_ready(*leg, *speaks_text, now, fx)
            }
            Fact::AssistantInterrupted { leg, .. } => self.assistant_interrupted(*leg, now),
            Fact::AssistantFailed { leg, failure, .. } => {
                self.assistant_failed(*leg, *failure, now, fx);
            }
            Fact::SpeechStarted => self.speech_started(now, fx),
            Fact::SpeechStopped { speech_ms } => self.speech_stopped(*speech_ms, now, fx),
            Fact::Transcript { text } => self.words_reported(text, now, fx),
            Fact::ItemStarted { leg, item, line } => self.item_started(*leg, *item, *line, now, fx),
            Fact::ItemComplete { item, text, audio_ms } => self.item_complete(*item, text, *audio_ms, fx),
            Fact::PlayedUntil { item, heard_ms, end } => self.played_until(*item, *heard_ms, *end, now, fx),
            Fact::ToolCall { tool_call, name, arguments } => {
                self.tool_called(tool_call, name, arguments, now, fx);
            }
            Fact::ToolDone { effect, outcome, written } => {
                self.write_ended(*effect, outcome, *written, fx);
                self.callback_ended(*effect, outcome, fx);
                self.opt_out_ended(*effect, outcome, fx);
                self.tool_done(*effect, outcome.clone(), now, fx);
            }
            Fact::Usage { leg, model, source, usage } => self.used(*leg, model, source, usage, fx),
            _ => {}
        }
    }

    /// Facts about this process and about time.
    fn take_in_process(&mut self, fact: &Fact, now: UnixMs, fx: &mut Effects) {
        match fact {
            Fact::ServerRestarted { recorded_ms, away_ms } => {
                self.server_restarted((*recorded_ms, *away_ms), now, fx);
            }
            Fact::Reborn { .. } => self.reborn(now, fx),
            Fact::FactsMissed { .. } => self.facts_missed(now, fx),
            Fact::ServerDraining => self.server_draining(now),
            Fact::DrainExpired => self.drain_expired(now, fx),
            Fact::ServerStopping => self.server_stopping(fx),
            Fact::DeadlinePassed => self.deadline_passed(now, fx),
            _ => {}
        }
    }
}
