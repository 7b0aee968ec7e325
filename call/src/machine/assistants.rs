//! The assistants of a call: started, ready, failed and replaced, and the speech that the caller is still to hear from them.
//!
//! ```text
//! configured ──panicked, ended by itself──> retried (twice in 10 s) ──────────third time─┐
//!     │ └─────────any other failure─────────────────────────────────────────────────────┴─> the next voice ──> standby ──> fallback
//!     └───────────────────────────────────────── tried again (`returning.rs`) <───────────────────────────────────┘      extension
//! ```
//! The chain decides which voice is next (`chain.rs`). A call without a chain has no next voice. The standby is the built-in assistant. If
//! the configured assistant is the built-in one, there is no standby, and the caller goes to the fallback extension. A provider that
//! reconnects by itself has not failed, and the call orders nothing. It only notes whether words were cut short (`cut_short`), so that a
//! successor still owes an answer.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::time::UnixMs;

use super::conversation::{Assistant, PendingSpeech, READY_MS_MAX};
use super::live_answers::LiveAnswer;
use super::{Effect, Effects, Machine, Phase, note};
use crate::{AssistantOrder, Attention};

/// How long an assistant may take to connect if another voice can replace it, in ms. It gives up by itself before that.
const READY_WITH_NEXT_MS_MAX: u64 = 3_000;

/// The successor of an assistant that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The voice at this place of the chain.
    Voice(u8),
    /// The built-in assistant.
    Standby,
}

impl Machine {
    /// Plugs in the assistant and has it say its first words. Starts it if the call has none.
    pub(super) fn bring_assistant(&mut self, opening: Line, now: UnixMs, fx: &mut Effects) {
        if !self.conversation.has_assistant() {
            self.start_voice(now, fx);
        }
        self.rewire(fx);
        self.attend(Attention::Converse, fx);
        self.conversation.opens();
        let opening = self.opening(opening, fx);
        self.say(opening, fx);
    }

    /// The call no longer has an assistant.
    pub(super) fn let_assistant_go(&mut self, fx: &mut Effects) {
        if self.conversation.remove_assistant() {
            self.rewire(fx);
            fx.push(Effect::Assistant(AssistantOrder::Stop));
            self.hearing_stops();
        }
    }

    /// Brings an assistant that says nothing yet.
    pub(super) fn bring_assistant_unheard(&mut self, now: UnixMs, fx: &mut Effects) {
        if !self.conversation.has_assistant() {
            self.start_voice(now, fx);
        }
    }

    /// Starts a voice of the chain if the call has no assistant.
    pub(super) fn start_voice(&mut self, now: UnixMs, fx: &mut Effects) {
        let next = self.place_to_start(now).map_or(Next::Standby, Next::Voice);
        self.start_assistant(next, now, fx);
    }

    fn start_assistant(&mut self, next: Next, now: UnixMs, fx: &mut Effects) {
        let leg = self.number_leg();
        let (role, place, has_next) = match next {
            Next::Voice(place) => {
                self.conversation.chain_mut().serves(place);
                (AssistantRole::Configured, place, self.next_place(place, now).is_some())
            }
            Next::Standby => (AssistantRole::Standby, 0, false),
        };
        self.conversation.assistant_is(Assistant {
            leg,
            role,
            place,
            ready: false,
            waits_for_ear: None,
            speaks_text: false,
            cut_short: false,
            ready_by: now + if has_next { READY_WITH_NEXT_MS_MAX } else { READY_MS_MAX },
            attention: Attention::Converse,
        });
        let tools = self.offered_tools();
        self.reported.assistant_knows(tools);
        if self.conversation.transcript_mut().settle_whispers() {
            self.write_transcript(fx);
        }
        fx.push(Effect::StartAssistant { leg, role, place, has_next });
    }

    pub(super) fn assistant_ready(&mut self, leg: LegId, speaks_text: bool, now: UnixMs, fx: &mut Effects) {
        if self.conversation.returning_mut().candidate_is_there(leg, speaks_text) {
            return;
        }
        // Its first words depend on whether the caller has heard the words of the assistant before it.
        if self.conversation.assistant_waits_for_ear(leg, speaks_text)
            || !self.conversation.assistant_is_there(leg, speaks_text)
        {
            return;
        }
        self.report_errand(fx);
        self.report_earlier_tools(fx);
        self.report_missed_events(fx);
        match self.lifecycle.phase() {
            Phase::Conversing => {
                self.put_notice_first(fx);
                if self.is_barged_in() && !self.is_giving_notice() {
                    // The supervisor would be talked over. Only texts that wait are still answered afterwards.
                    self.conversation.clear_pending_speech();
                } else {
                    self.say_pending_speech(fx);
                    self.hand_over_unread(fx);
                }
                self.watch_silence(now);
            }
            Phase::TakingMessage(_) => {
                // A notice that another assistant began is no longer being said.
                self.conversation.notice_mut().stops();
                self.message_heard_again(now);
                self.introduce_message(fx);
            }
            Phase::Leaving(_) => self.say_last_words(now, fx),
            Phase::Voicemail(_) => self.voicemail_assistant_ready(fx),
            Phase::LiveAnswer(_) => self.live_answer_assistant_ready(fx),
            // Nobody is there to hear it. A caller who comes back is welcomed then.
            Phase::OnHold
            | Phase::WithPerson(_)
            | Phase::WithAgents { .. }
            | Phase::AgentToAgentCall(_)
            | Phase::SentOn(_)
            | Phase::ScriptedLine(_)
            | Phase::Dialling(_)
            | Phase::Waiting { .. }
            | Phase::Interrupted { .. }
            | Phase::Ended => {}
        }
    }

    /// The assistant can't go on, or was not ready in time. The actor has already reported how much of its speech was heard.
    pub(super) fn assistant_failed(
        &mut self,
        leg: LegId,
        failure: ProviderFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.candidate_failed(leg, failure, now, fx) {
            return;
        }
        let Some(failed) = self.conversation.assistant().filter(|assistant| assistant.leg == leg) else {
            return;
        };
        if failed.role == AssistantRole::Configured {
            self.conversation.chain_mut().failed(failed.place, failure, now);
        }
        self.assistant_gone(now, fx);
        self.unhold_from_lost_assistant(now, fx);
        if failed.cut_short && self.lifecycle.converses() {
            self.conversation.expect_answer();
        }
        match self.lifecycle.phase().clone() {
            // A caller who comes back gets another assistant.
            Phase::Waiting { .. }
            | Phase::Interrupted { .. }
            | Phase::WithPerson(_)
            | Phase::WithAgents { .. }
            | Phase::AgentToAgentCall(_)
            | Phase::SentOn(_)
            | Phase::ScriptedLine(_)
            | Phase::Ended => {}
            // The callee who answers needs an assistant that works.
            Phase::Dialling(_) => {
                if let Some(next) = self.successor(failed, failure, now) {
                    self.replace_assistant(next, failure, now, fx);
                }
            }
            Phase::Voicemail(voicemail) if !voicemail.is_detecting() => self.end_with_mailbox(fx),
            Phase::LiveAnswer(LiveAnswer::Saying { .. }) => self.end_without_agent(fx),
            // A person for whom no agent is free needs an assistant that says why.
            Phase::LiveAnswer(LiveAnswer::Awaiting) => match self.successor(failed, failure, now) {
                Some(next) => self.replace_assistant(next, failure, now, fx),
                None => self.end_without_agent(fx),
            },
            phase @ (Phase::Conversing
            | Phase::Voicemail(_)
            | Phase::OnHold
            | Phase::TakingMessage(_)
            | Phase::Leaving(_)) => match (self.successor(failed, failure, now), phase) {
                (Some(next), _) => self.replace_assistant(next, failure, now, fx),
                (None, Phase::Leaving(leaving)) => self.end(leaving.ending, leaving.next, fx),
                (None, _) => {
                    let ending = Ending { cause: HangupCause::assistant_failed(), by: HangupBy::Server };
                    let next = self.policy.fallback();
                    self.end(ending, next, fx);
                }
            },
        }
    }

    /// Stops the assistant that served. It hears and says nothing more.
    fn assistant_gone(&mut self, now: UnixMs, fx: &mut Effects) {
        self.conversation.remove_assistant();
        self.rewire(fx);
        fx.push(Effect::Assistant(AssistantOrder::Stop));
        self.hearing_lost(now, fx);
        self.words_left_in_ears(now, fx);
        self.whisper_over(now, fx);
    }

    /// Replaces a voice whose cost cap the call has reached by the next one, at a pause of the conversation. Runs at the end of each step.
    pub(super) fn tend_costs(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(assistant) = self.conversation.assistant() else { return };
        let is_voice = assistant.role == AssistantRole::Configured && assistant.ready;
        if !is_voice || !self.is_at_cap(assistant.place) || !self.is_pause() {
            return;
        }
        let next = self.next_place(assistant.place, now).map_or(Next::Standby, Next::Voice);
        self.assistant_gone(now, fx);
        self.replace_assistant(next, ProviderFailure::PassedOver, now, fx);
    }

    /// Returns the successor of an assistant that failed, if there is one.
    fn successor(&mut self, failed: Assistant, failure: ProviderFailure, now: UnixMs) -> Option<Next> {
        if failed.role == AssistantRole::Standby {
            return None;
        }
        let standby = self.has_standby().then_some(Next::Standby);
        if matches!(*self.lifecycle.phase(), Phase::Leaving(_)) {
            // Last words don't wait for an assistant that has to connect first.
            return standby;
        }
        let may_be_retried = matches!(failure, ProviderFailure::Panicked | ProviderFailure::Other);
        if may_be_retried && self.conversation.is_retried(now) {
            return Some(Next::Voice(failed.place));
        }
        self.next_place(failed.place, now).map(Next::Voice).or(standby)
    }

    fn replace_assistant(&mut self, next: Next, failure: ProviderFailure, now: UnixMs, fx: &mut Effects) {
        let leg = self.next_leg();
        let (role, place) = match next {
            Next::Voice(place) => (AssistantRole::Configured, place),
            Next::Standby => (AssistantRole::Standby, 0),
        };
        fx.push(note(Decision::AssistantReplaced { leg, role, place, failure }));
        if next == Next::Standby {
            self.await_assistant(failure, now, fx);
        }
        if next == Next::Standby && self.lifecycle.converses() {
            // Also when nothing is owed: the standby is another voice, and can do less.
            self.conversation.expect_speech(PendingSpeech::Line(Line::AssistantAway));
        }
        self.start_assistant(next, now, fx);
        self.rewire(fx);
        self.last_words_wait_for_another(now);
        self.watch_silence(now);
    }

    /// Gives the assistant an order, if one is ready.
    pub(super) fn order(&self, order: AssistantOrder, fx: &mut Effects) {
        if self.conversation.has_ready_assistant() {
            fx.push(Effect::Assistant(order));
        }
    }

    /// Has a line said. During a conversation this includes an assistant that is not ready yet: if it owes first words, they come before
    /// anything that would be said in between.
    pub(super) fn say(&mut self, line: Line, fx: &mut Effects) {
        if self.conversation.has_menu() {
            return self.menu_says(line, fx);
        }
        // The assistant's words reach the person whom it briefs, not the caller.
        if self.briefing.is_under_way() {
            return;
        }
        if self.lifecycle.converses() {
            let is_there = self.conversation.has_ready_assistant();
            if is_there || !matches!(self.conversation.pending_speech(), Some(PendingSpeech::Line(_))) {
                self.conversation.expect_speech(PendingSpeech::Line(line));
            }
        }
        self.order(AssistantOrder::Say(line), fx);
    }

    /// Changes how the assistant treats the caller's speech.
    pub(super) fn attend(&mut self, attention: Attention, fx: &mut Effects) {
        if self.conversation.assistant_attends(attention) {
            fx.push(Effect::Assistant(AssistantOrder::Attend(attention)));
        }
    }

    /// Has the assistant say what is owed to the caller.
    pub(super) fn say_pending_speech(&mut self, fx: &mut Effects) {
        match self.conversation.pending_speech() {
            Some(PendingSpeech::Line(line)) => self.order(AssistantOrder::Say(line), fx),
            Some(PendingSpeech::Answer) => self.order(AssistantOrder::GoOn, fx),
            None => {}
        }
    }

    /// The ear reports an utterance of an assistant that is gone. Until now its words counted as heard.
    pub(super) fn heard_after_loss(
        &mut self,
        line: Option<Line>,
        heard_ms: u64,
        end: PlayedEnd,
        by_caller: bool,
    ) {
        let is_said_otherwise = self.conversation.pending_speech().is_some() || self.conversation.has_menu();
        if by_caller || end == PlayedEnd::Finished || is_said_otherwise {
            return;
        }
        let unheard = line.filter(|_| heard_ms == 0).map(PendingSpeech::Line);
        self.conversation.expect_speech(unheard.unwrap_or(PendingSpeech::Answer));
    }

    /// An utterance ended during the conversation: settles the speech that was owed.
    pub(super) fn settle_pending_speech(&mut self, heard_ms: u64, end: PlayedEnd, by_caller: bool) {
        if by_caller {
            return;
        }
        if end == PlayedEnd::Finished {
            if !self.conversation.is_saying() {
                self.conversation.clear_pending_speech();
            }
        } else if heard_ms > 0 {
            // A fault cut it short. Nobody is greeted twice.
            let greeted = matches!(
                self.conversation.pending_speech(),
                Some(PendingSpeech::Line(Line::Greeting | Line::WelcomeBack))
            );
            if greeted || self.conversation.pending_speech().is_none() {
                self.conversation.expect_speech(PendingSpeech::Answer);
            }
        }
    }
}
