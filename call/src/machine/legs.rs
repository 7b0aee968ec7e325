//! The caller's leg: arrived, joined, lost, back.

use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd, LegKind, Unannounced};
use cordboard_schema::caller_line::{ChannelMode, LineKind};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{LegId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::line::LineEvent;
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::Attention;

/// How much longer a waiting call is kept after audio has arrived, in ms. A leg joins 200 ms later if its caller says nothing. If the leg
/// breaks instead, the wait is no longer than this.
const JOINS_WITHIN_MS: u64 = 1_000;

/// Why an interrupted call lost its leg. If nobody comes back, the call ends for this reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LostBy {
    Connection,
    /// The switch has ended the stream, and reports separately whether the caller is gone.
    Stop,
    /// The caller's page was closed, as the page itself reported.
    Page,
    Restart,
}

impl Machine {
    /// An audio connection with one of our names has arrived. It is accepted if the call has no leg, and refused while it has one.
    pub(super) fn leg_arrived(
        &mut self,
        leg: LegId,
        leg_kind: LegKind,
        confirmed: bool,
        agent: Option<UserId>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if !self.numbers.is_new_leg(leg) {
            return;
        }
        if let Some(user) = agent {
            return self.audio_of_user_arrived(leg, user, fx);
        }
        self.line.apply(LineEvent::LegArrived(leg_kind.line()));
        if leg_kind.line() == LineKind::Leg {
            self.back_from_person(now, fx);
            self.back_from_where_sent(now, fx);
        }
        let wanted = match *self.lifecycle.phase() {
            Phase::Dialling(_) | Phase::Waiting { .. } | Phase::Interrupted { .. } => true,
            // Late audio still joins.
            Phase::Conversing => self.conversation.has_menu(),
            _ => false,
        };
        let is_silent =
            self.policy.channel_mode() == ChannelMode::Esl && leg_kind.line() == LineKind::Channel;
        let is_stranger = self.is_missing_token(leg_kind, confirmed);
        if wanted && !is_silent && !is_stranger && self.caller.is_none() && self.arriving.is_none() {
            self.arriving = Some(leg);
            self.stream_arrived(leg_kind, confirmed, now);
            self.wait_for_joining(leg_kind, now);
            fx.push(Effect::StartLeg(leg));
        } else {
            fx.push(Effect::RefuseLeg(leg));
        }
    }

    /// Audio has arrived at the last moment: the call must not end before it joins. A channel under our control would go on with prompts,
    /// and its stream would join those.
    fn wait_for_joining(&mut self, leg_kind: LegKind, now: UnixMs) {
        if leg_kind.line() == LineKind::Channel && self.policy.channel_mode() != ChannelMode::Audio {
            return;
        }
        let least = now + JOINS_WITHIN_MS;
        match *self.lifecycle.phase() {
            Phase::Waiting { until } if until < least => self.step(Step::Wait { until: least }),
            Phase::Interrupted { until, otherwise, .. } if until < least => {
                self.step(Step::Interrupt { until: least, otherwise });
            }
            _ => {}
        }
    }

    pub(super) fn leg_joined(&mut self, leg: LegId, now: UnixMs, fx: &mut Effects) {
        if self.participant_joined(leg, now, fx) || self.arriving != Some(leg) {
            return;
        }
        self.arriving = None;
        let is_late = !matches!(
            *self.lifecycle.phase(),
            Phase::Dialling(_) | Phase::Waiting { .. } | Phase::Interrupted { .. } | Phase::Conversing
        );
        if is_late {
            return fx.push(Effect::ReleaseLeg(leg));
        }
        self.caller = Some(leg);
        self.audio.rest();
        self.channel.audio_joined();
        self.meet(now, fx);
    }

    /// Goes on if the missing half has arrived.
    pub(super) fn meet(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.caller.is_none() || !self.is_leg_confirmed() {
            return;
        }
        self.dialling_found(now, fx);
        match *self.lifecycle.phase() {
            Phase::Interrupted { since, .. } if self.answered_at.is_some() => self.resume(since, now, fx),
            Phase::Interrupted { .. } => {
                self.await_audio(now);
                self.answer_if_met(now, fx);
            }
            Phase::Waiting { .. } => self.answer_if_met(now, fx),
            Phase::Conversing if self.conversation.has_menu() => self.audio_came_late(now, fx),
            _ => {}
        }
    }

    /// A call that has continued without audio has audio now.
    fn audio_came_late(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(caller) = self.caller else { return };
        self.close_menu(fx);
        fx.push(Effect::StartRecording(caller));
        self.bring_assistant(Line::Greeting, now, fx);
        self.watch_silence(now);
    }

    /// Starts waiting for the call's other half.
    pub(super) fn await_audio(&mut self, now: UnixMs) {
        self.step(Step::Wait { until: now + self.policy.meet_timeout_ms });
    }

    pub(super) fn announced(&mut self, now: UnixMs, fx: &mut Effects) {
        self.announced = true;
        if matches!(*self.lifecycle.phase(), Phase::Waiting { .. }) {
            self.meet(now, fx);
        }
    }

    /// Answers once both halves are there: audio, and the announcement if it is required.
    fn answer_if_met(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(caller) = self.caller else { return };
        let is_expected = self.announced || self.line.has_separate_audio();
        if !is_expected && self.policy.unannounced == Unannounced::Refuse {
            return;
        }
        self.step(Step::Converse);
        self.answered_at = Some(now);
        self.outgoing.is_heard();
        fx.push(note(Decision::Answered));
        fx.push(Effect::StartRecording(caller));
        // An agent who called them may have left, and their switch may have taken them elsewhere.
        if self.is_awaited() {
            return self.callee_answered(now, fx);
        }
        if self.message_for_mailbox().is_some() {
            self.bring_assistant_unheard(now, fx);
            return self.await_tone(now, fx);
        }
        if self.outgoing.is_to_be_detected() {
            return self.detect(now, fx);
        }
        if self.is_for_agents() {
            return self.live_answer(now, fx);
        }
        self.bring_assistant(Line::Greeting, now, fx);
        self.watch_silence(now);
    }

    fn resume(&mut self, since: UnixMs, now: UnixMs, fx: &mut Effects) {
        let Some(caller) = self.caller else { return };
        self.report_loss(fx);
        self.step(Step::Converse);
        self.conversation.silence_is_forgiven();
        fx.push(note(Decision::Resumed { away_ms: now.ms_since(since) }));
        fx.push(Effect::StartRecording(caller));
        if self.message_for_mailbox().is_some() {
            self.bring_assistant_unheard(now, fx);
            return self.await_tone(now, fx);
        }
        if self.is_awaited() {
            return self.callee_answered(now, fx);
        }
        if self.has_agents() {
            return self.leave_to_agents(now, fx);
        }
        if self.is_for_agents() {
            return self.live_answer(now, fx);
        }
        if let Some(name) = self.handoffs.has_led_to_desks() {
            return self.led_to_desks(&name, now, fx);
        }
        let opening = self.conversation.words_to_returner();
        self.report_missed_events(fx);
        self.leave_to_assistant(opening, now, fx);
        if self.lifecycle.converses() {
            // The assistant may have connected while they were away.
            self.hand_over_unread(fx);
        }
        self.offer_caller_again(now, fx);
        self.watch_silence(now);
    }

    pub(super) fn leg_left(&mut self, leg: LegId, how: LegEnd, now: UnixMs, fx: &mut Effects) {
        if self.participant_lost(leg, how, now, fx) {
            return;
        }
        if self.arriving == Some(leg) {
            self.arriving = None;
        } else if self.caller == Some(leg) {
            self.caller = None;
            // Its reports came before it left.
            self.settle_lost_words(fx);
        } else {
            // A leg that was kept until its caller is sent on is released once.
            self.channel.forget_leg(leg);
            return;
        }
        self.rewire(fx);
        self.channel.audio_is_gone();
        if matches!(*self.lifecycle.phase(), Phase::Dialling(_)) {
            // The switch reports the outcome.
            return;
        }
        if self.outlives_its_audio() {
            return self.audio_lost(now, fx);
        }
        match how {
            LegEnd::Broken => self.caller_lost(LostBy::Connection, now, fx),
            LegEnd::Away => self.caller_lost(LostBy::Page, now, fx),
            LegEnd::Closed if self.line.streams_end_early() => self.caller_lost(LostBy::Stop, now, fx),
            LegEnd::Closed | LegEnd::Released | LegEnd::SignedOut => {
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller };
                self.end(ending, NextStep::Hangup, fx);
            }
        }
    }

    /// The caller's connection is lost without a hang-up. They may come back, unless everything was said.
    pub(super) fn caller_lost(&mut self, lost_by: LostBy, now: UnixMs, fx: &mut Effects) {
        match self.lifecycle.phase().clone() {
            Phase::Interrupted { .. } if lost_by != LostBy::Restart => {}
            Phase::Leaving(leaving) => self.end(leaving.ending, leaving.next, fx),
            Phase::Ended | Phase::ScriptedLine(_) | Phase::AgentToAgentCall(_) => {}
            Phase::Dialling(_) if lost_by == LostBy::Restart => self.dialling_lost(now),
            Phase::Dialling(_) => {}
            Phase::SentOn(_) if lost_by == LostBy::Restart => self.sent_on_before(now),
            Phase::SentOn(_) => {}
            Phase::Voicemail(voicemail) if lost_by != LostBy::Restart && !voicemail.is_detecting() => {
                self.end_with_mailbox(fx);
            }
            Phase::LiveAnswer(_) if lost_by != LostBy::Restart => self.end_without_agent(fx),
            Phase::WithPerson(_) => self.person_unwatched(now),
            _ => self.interrupt(lost_by, now, fx),
        }
    }

    /// Waits for the caller to come back under the same outside id.
    fn interrupt(&mut self, lost_by: LostBy, now: UnixMs, fx: &mut Effects) {
        if self.is_detecting() {
            self.outgoing.lost_undetected(now);
        }
        self.conversation_stops(now, fx);
        self.close_menu(fx);
        self.recording = None;
        let (wait_ms, otherwise) = self.return_window(lost_by);
        let until = now + wait_ms;
        self.step(Step::Interrupt { until, otherwise });
        self.attend(Attention::Listen, fx);
        self.whisper_over(now, fx);
        self.is_interrupted(lost_by, until, fx);
        self.answer_awaited_next(fx);
    }

    /// The caller's stream was ended in order, and neither its switch nor its caller came back with a reason: they were taken elsewhere.
    pub(super) fn taken_elsewhere(&mut self, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::transferred(), by: HangupBy::Switch };
        self.end(ending, NextStep::Hangup, fx);
    }

    /// The caller's page was closed, and nobody came back: they have left.
    pub(super) fn page_left(&mut self, fx: &mut Effects) {
        let ending = Ending { cause: HangupCause::page_left(), by: HangupBy::Caller };
        self.end(ending, NextStep::Hangup, fx);
    }

    /// The process died, and another one has rebuilt this call from its journal. All its connections are gone, and repeatable requests of
    /// the dead process are made again.
    pub(super) fn server_restarted(
        &mut self,
        (recorded_ms, away_ms): (Option<u64>, Option<u64>),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.arriving = None;
        self.caller = None;
        self.conversation.process_died();
        self.channel.process_died();
        self.audio.rest();
        self.audio.rules_mut().left();
        self.mix.process_died();
        self.participants.process_died(away_ms.unwrap_or(0));
        self.supervision_died(fx);
        self.agents_died(fx);
        self.closing.process_died();
        self.process.changed();
        self.drop_place_check(now, fx);
        self.after_notice.process_died();
        self.save_messages_again(now, fx);
        self.write_again(now, fx);
        let recorded_until = recorded_ms.and_then(|recorded_ms| self.recorded_at(recorded_ms));
        self.stop_message(recorded_until.unwrap_or(now), fx);
        self.speech_died(recorded_until, fx);
        self.settle_utterances(recorded_ms, fx);
        if !self.begun_died(now, fx) {
            self.caller_lost(LostBy::Restart, now, fx);
        }
        self.give_words_up(fx);
    }
}
