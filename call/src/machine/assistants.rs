//! The assistants of a call: started, ready, failed and replaced, and their debts to the caller.
//!
//! ```text
//! configured ──panicked, ended by itself──> configured anew (twice in 10 s) ──third time─┐
//!     │ └─────────any other failure─────────────────────────────────────────────────────┴─> the next voice ──> standby ──> fallback
//!     └───────────────────────────────────────── tried again (`returning.rs`) <───────────────────────────────────┘      extension
//! ```
//! The chain decides which voice is next (`chain.rs`); a call without a chain has no next one. The standby is the
//! built-in one. If that is the configured one, there is no other, and the caller goes to the fallback. A provider that
//! reconnects by itself is no failure: the call orders nothing. It notes whether words were cut short (`cut_short`), so that a successor
//! owes an answer.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::time::UnixMs;

use super::conversation::{Assistant, OwedSpeech, READY_MS_MAX};
use super::live_answers::LiveAnswer;
use super::{Effect, Effects, Machine, Phase, note};
use crate::{AssistantOrder, Attention};

/// The same of one behind which another voice stands: it gives up by itself before.
const READY_WITH_NEXT_MS_MAX: u64 = 3_000;

/// Successor of an assistant that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The voice at this place of the chain.
    Voice(u8),
    /// The built-in one.
    Standby,
}

impl Machine {
    /// Plugs the assistant in and has it say its first words, starting it where the call has none.
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

    /// The call has no assistant any more.
    pub(super) fn let_assistant_go(&mut self, fx: &mut Effects) {
        if self.conversation.assistant_goes() {
            self.rewire(fx);
            fx.push(Effect::Assistant(AssistantOrder::Stop));
            self.hearing_stops();
        }
    }

    /// The same of one that is to say nothing yet.
    pub(super) fn bring_assistant_unheard(&mut self, now: UnixMs, fx: &mut Effects) {
        if !self.conversation.has_assistant() {
            self.start_voice(now, fx);
        }
    }

    /// Starts a voice of the chain, where the call has no assistant.
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
        self.told.assistant_knows(tools);
        if self.conversation.transcript_mut().settle_whispers() {
            self.write_transcript(fx);
        }
        fx.push(Effect::StartAssistant { leg, role, place, has_next });
    }

    pub(super) fn assistant_ready(&mut self, leg: LegId, speaks_text: bool, now: UnixMs, fx: &mut Effects) {
        if self.conversation.returning_mut().candidate_is_there(leg, speaks_text) {
            return;
        }
        // Whether the caller has heard the words of the one before it decides what it says first.
        if self.conversation.assistant_waits_for_ear(leg, speaks_text)
            || !self.conversation.assistant_is_there(leg, speaks_text)
        {
            return;
        }
        self.tell_errand(fx);
        self.tell_called_before(fx);
        self.tell_news(fx);
        match self.lifecycle.phase() {
            Phase::Conversing => {
                self.owe_notice_first(fx);
                self.pay_owed(fx);
                self.hand_over_unread(fx);
                self.watch_silence(now);
            }
            Phase::TakingMessage(_) => {
                self.message_heard_again(now);
                self.introduce_message(fx);
            }
            Phase::Leaving(_) => self.say_last_words(now, fx),
            Phase::Voicemail(_) => self.voicemail_assistant_ready(fx),
            Phase::LiveAnswer(_) => self.live_answer_assistant_ready(fx),
            // Nobody is there to hear it; a caller who comes back is welcomed.
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

    /// The assistant can't go on, or did not come in time. The actor has reported its heard words before.
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
        if failed.cut_short && self.lifecycle.converses() {
            self.conversation.owes_an_answer_at_least();
        }
        match self.lifecycle.phase().clone() {
            // A caller who comes back gets another one.
            Phase::Waiting { .. }
            | Phase::Interrupted { .. }
            | Phase::WithPerson(_)
            | Phase::WithAgents { .. }
            | Phase::AgentToAgentCall(_)
            | Phase::SentOn(_)
            | Phase::ScriptedLine(_)
            | Phase::Ended => {}
            // The callee who answers has to find a working one.
            Phase::Dialling(_) => {
                if let Some(next) = self.successor(failed, failure, now) {
                    self.replace_assistant(next, failure, now, fx);
                }
            }
            Phase::Voicemail(voicemail) if !voicemail.is_detecting() => self.end_with_mailbox(fx),
            Phase::LiveAnswer(LiveAnswer::Saying { .. }) => self.end_without_agent(fx),
            // A person who finds no agent needs an assistant that says why.
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

    /// The one that served is stopped, and hears and says nothing more.
    fn assistant_gone(&mut self, now: UnixMs, fx: &mut Effects) {
        self.conversation.assistant_goes();
        self.rewire(fx);
        fx.push(Effect::Assistant(AssistantOrder::Stop));
        self.hearing_lost(now, fx);
        self.words_left_in_ears(now, fx);
        self.whisper_over(now, fx);
    }

    /// Has the next voice take the place of one that the call has cost too much for, at a pause of the talk. To be asked at the end of each
    /// step.
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

    /// Successor of an assistant that failed, if there is one.
    fn successor(&mut self, failed: Assistant, failure: ProviderFailure, now: UnixMs) -> Option<Next> {
        if failed.role == AssistantRole::Standby {
            return None;
        }
        let standby = self.has_standby().then_some(Next::Standby);
        if matches!(*self.lifecycle.phase(), Phase::Leaving(_)) {
            // Last words wait for nobody who has to connect first.
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
            // Also to somebody who is owed nothing: it is another voice, which can do less.
            self.conversation.owes(OwedSpeech::Line(Line::AssistantAway));
        }
        self.start_assistant(next, now, fx);
        self.rewire(fx);
        self.last_words_wait_for_another(now);
        self.watch_silence(now);
    }

    /// Orders something of the assistant, if there is one that can hear it.
    pub(super) fn order(&self, order: AssistantOrder, fx: &mut Effects) {
        if self.conversation.has_ready_assistant() {
            fx.push(Effect::Assistant(order));
        }
    }

    /// Has a line said, in conversation also by an assistant that is not there yet: its first words come before what
    /// would be said in between.
    pub(super) fn say(&mut self, line: Line, fx: &mut Effects) {
        if self.conversation.has_menu() {
            return self.menu_says(line, fx);
        }
        // Its words lead to the person whom it briefs, and not to the caller.
        if self.briefing.is_under_way() {
            return;
        }
        if self.lifecycle.converses() {
            let is_there = self.conversation.has_ready_assistant();
            if is_there || !matches!(self.conversation.owed(), Some(OwedSpeech::Line(_))) {
                self.conversation.owes(OwedSpeech::Line(line));
            }
        }
        self.order(AssistantOrder::Say(line), fx);
    }

    /// Tells the assistant how to take what the caller says, where that changes.
    pub(super) fn attend(&mut self, attention: Attention, fx: &mut Effects) {
        if self.conversation.assistant_attends(attention) {
            fx.push(Effect::Assistant(AssistantOrder::Attend(attention)));
        }
    }

    /// Has the assistant say what the caller is owed.
    pub(super) fn pay_owed(&mut self, fx: &mut Effects) {
        match self.conversation.owed() {
            Some(OwedSpeech::Line(line)) => self.order(AssistantOrder::Say(line), fx),
            Some(OwedSpeech::Answer) => self.order(AssistantOrder::GoOn, fx),
            None => {}
        }
    }

    /// The same of one whose assistant was gone before, and whose words counted as heard until now.
    pub(super) fn heard_behind_loss(
        &mut self,
        line: Option<Line>,
        heard_ms: u64,
        end: PlayedEnd,
        by_caller: bool,
    ) {
        let is_said_otherwise = self.conversation.owed().is_some() || self.conversation.has_menu();
        if by_caller || end == PlayedEnd::Finished || is_said_otherwise {
            return;
        }
        let unheard = line.filter(|_| heard_ms == 0).map(OwedSpeech::Line);
        self.conversation.owes(unheard.unwrap_or(OwedSpeech::Answer));
    }

    /// An utterance ended in conversation: settles the speech that was owed.
    pub(super) fn heard_of_owed(&mut self, heard_ms: u64, end: PlayedEnd, by_caller: bool) {
        if by_caller {
            return;
        }
        if end == PlayedEnd::Finished {
            if !self.conversation.is_saying() {
                self.conversation.owes_nothing();
            }
        } else if heard_ms > 0 {
            // A fault cut it short. Nobody is greeted twice.
            let greeted = matches!(
                self.conversation.owed(),
                Some(OwedSpeech::Line(Line::Greeting | Line::WelcomeBack))
            );
            if greeted || self.conversation.owed().is_none() {
                self.conversation.owes(OwedSpeech::Answer);
            }
        }
    }
}
