//! Goodbyes that are heard to the end, the end of the call, and the dialplan's next step.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::supervision::SupervisionEnd;
use cordboard_schema::time::UnixMs;

use super::teardown::Parting;
use super::{Effect, Effects, LostBy, Machine, Phase, Step, note};
use crate::{AssistantOrder, Attention};

/// How long last words may take to begin, in ms. After that the leg ends without them.
const LAST_WORDS_BEGIN_MS_MAX: u64 = 3_000;
/// Longest duration of last words, in ms.
pub(super) const LAST_WORDS_MS_MAX: u64 = 30_000;

/// The last words that are being said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leaving {
    /// Their subject.
    line: Line,
    words: LastWords,
    pub(super) ending: Ending,
    pub(super) next: NextStep,
    /// When the leg ends although they were not heard to the end.
    pub(super) give_up_at: UnixMs,
}

/// The state of the last words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastWords {
    /// Said as the line, at once. The current speech is cut short.
    AtOnce,
    /// Said as the line, after the current speech.
    After,
    /// The assistant itself said them before it asked for the end. Its current speech is heard to the end.
    Own {
        /// The last utterance to wait for.
        until: ItemId,
    },
}

impl Machine {
    /// Says last words, then ends the leg. A goodbye that is already being said is not replaced.
    pub(super) fn leave(
        &mut self,
        line: Line,
        words: LastWords,
        (ending, next): (Ending, NextStep),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if matches!(*self.lifecycle.phase(), Phase::Leaving(_) | Phase::Ended) {
            return;
        }
        if matches!(*self.lifecycle.phase(), Phase::ScriptedLine(_)) {
            return self.hung_up_by_document(ending.by, &ending.cause, fx);
        }
        if matches!(*self.lifecycle.phase(), Phase::SentOn(_)) {
            return self.transfer_succeeded(fx);
        }
        self.drop_place_check(now, fx);
        self.stop_message(now, fx);
        self.close_hold(fx);
        self.cancel_handoff(now, fx);
        self.conversation.keys_mut().forget();
        // The party that we call hears nothing before they have answered, and a mailbox needs no goodbye.
        let is_unheard = matches!(
            *self.lifecycle.phase(),
            Phase::Dialling(_)
                | Phase::Voicemail(_)
                | Phase::LiveAnswer(_)
                | Phase::WithPerson(_)
                | Phase::WithAgents { .. }
                | Phase::AgentToAgentCall(_)
        );
        if !self.has_voice() || is_unheard {
            return self.end(ending, next, fx);
        }
        if words == LastWords::AtOnce {
            self.hush(fx);
        }
        self.conversation.silence_is_broken();
        let give_up_at = now + LAST_WORDS_MS_MAX;
        self.step(Step::TakeLeave(Leaving { line, words, ending, next, give_up_at }));
        match words {
            LastWords::AtOnce | LastWords::After => self.say_last_words(now, fx),
            LastWords::Own { until } => {
                self.attend(Attention::Listen, fx);
                if !self.conversation.is_saying_until(until) {
                    self.last_words_heard(fx);
                }
            }
        }
    }

    /// Has the assistant say the last words, even if it has only just connected.
    pub(super) fn say_last_words(&mut self, now: UnixMs, fx: &mut Effects) {
        self.attend(Attention::Listen, fx);
        if let Phase::Leaving(leaving) = self.lifecycle.phase().clone() {
            let line = leaving.line;
            let words = match leaving.words {
                LastWords::Own { .. } => LastWords::AtOnce,
                words => words,
            };
            let give_up_at = now + LAST_WORDS_BEGIN_MS_MAX;
            self.step(Step::TakeLeave(Leaving { words, give_up_at, ..leaving }));
            self.say(line, fx);
        }
    }

    /// The assistant that was saying them is gone, and another one is connecting.
    pub(super) fn last_words_wait_for_another(&mut self, now: UnixMs) {
        self.wait_for_last_words(now + LAST_WORDS_BEGIN_MS_MAX);
    }

    pub(super) fn last_words_started(&mut self, line: Option<Line>, now: UnixMs) {
        if matches!(self.lifecycle.phase(), Phase::Leaving(leaving) if line == Some(leaving.line)) {
            self.wait_for_last_words(now + LAST_WORDS_MS_MAX);
        }
    }

    /// Gives them up at this time.
    fn wait_for_last_words(&mut self, give_up_at: UnixMs) {
        if let Phase::Leaving(leaving) = self.lifecycle.phase().clone() {
            self.step(Step::TakeLeave(Leaving { give_up_at, ..leaving }));
        }
    }

    /// An utterance ended while the call is closing. If it was the last one, the call ends. Last words that were cut short (not by the
    /// caller, who can't interrupt them) are awaited a little longer, because the next assistant says them again.
    pub(super) fn after_last_words(
        &mut self,
        line: Option<Line>,
        end: PlayedEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Phase::Leaving(leaving) = self.lifecycle.phase() else { return };
        let were_last = match leaving.words {
            LastWords::AtOnce | LastWords::After => line == Some(leaving.line),
            LastWords::Own { until } => !self.conversation.is_saying_until(until),
        };
        let give_up_at = leaving.give_up_at.min(now + LAST_WORDS_BEGIN_MS_MAX);
        match end {
            PlayedEnd::Finished if were_last => self.last_words_heard(fx),
            PlayedEnd::Cleared if were_last => self.wait_for_last_words(give_up_at),
            _ => {}
        }
    }

    /// The last words were heard, or are no longer awaited.
    pub(super) fn last_words_heard(&mut self, fx: &mut Effects) {
        if let Phase::Leaving(leaving) = self.lifecycle.phase().clone() {
            self.end(leaving.ending, leaving.next, fx);
        }
    }

    /// Ends the call: journals the decision, then releases everything that belongs to the call.
    pub(super) fn end(&mut self, ending: Ending, next: NextStep, fx: &mut Effects) {
        if self.lifecycle.has_ended() {
            return;
        }
        if let Some(target) = self.is_sent_with_way_back(&ending, &next) {
            return self.send_on(target, ending, fx);
        }
        if let Some(place) = self.is_sent_by_switch(&ending, &next) {
            return self.send_by_switch(place, ending, fx);
        }
        if let Some(place) = self.is_sent_by_dialplan(&ending, &next) {
            return self.send_by_dialplan(place, ending, fx);
        }
        let now = self.last_fact_at;
        self.drop_place_check(now, fx);
        self.end_dialling(ending.by, fx);
        self.conversation_stops(now, fx);
        self.cancel_handoff(now, fx);
        self.let_agents_go(AgentEnd::CallEnded, fx);
        self.let_supervisors_go(SupervisionEnd::CallEnded, fx);
        self.close_menu(fx);
        self.audio.rest();
        // We called a party that has not met anyone yet. Their dialplan is on its way to us and would find nobody.
        let is_unmet = self.outgoing.is_at_large();
        let at_large = self.left_at_large();
        let with_person = self.is_joined_with_person() || self.is_parked();
        let handed_to = self.handed_to().map(|(handoff, _)| handoff);
        self.await_usage(now);
        // We hang up a phone that we ring.
        let is_dialling = matches!(*self.lifecycle.phase(), Phase::Dialling(_));
        // We also hang up a caller who was sent on, until a person has them.
        let is_sent_on = matches!(*self.lifecycle.phase(), Phase::SentOn(_));
        // Nobody has answered, so nobody can be sent on.
        let next = if is_dialling { NextStep::Hangup } else { next };
        self.step(Step::End);
        self.conversation.silence_is_broken();
        let is_with_us = self.caller.is_some() || with_person || is_dialling || is_unmet || is_sent_on;
        // If a program wants to end the talk of a caller and a person, only their switch can do it. A link that has just broken is awaited
        // for that.
        let waits_for_link = with_person && ending.by == HangupBy::Api && next == NextStep::Hangup;
        let legs = [self.caller.take(), self.arriving.take()];
        self.closing.set_next(next.clone());
        self.close_recording_of_person(&next, fx);
        fx.push(note(Decision::Ended { ending: ending.clone(), next: next.clone() }));
        // Their switch has already taken the caller there.
        let is_there = is_sent_on && matches!(next, NextStep::Goto(_));
        if let NextStep::Goto(place) = &next
            && !is_there
        {
            self.cache_for_place(place, fx);
        }
        fx.extend(at_large);
        // The link may be away for longer than the call lasts. The person's channel is one of ours, so the switch ends it as soon as it can
        // be reached.
        if let Some(handoff) = handed_to.filter(|_| waits_for_link && self.channel.link().is_none()) {
            fx.push(Effect::StopRinging { handoff });
        }
        // If the end came from their switch, the switch knows about it.
        let is_known_there =
            self.closing.is_ended_by_document() || matches!(ending.by, HangupBy::Caller | HangupBy::Switch);
        // A caller who talks with a person while reports about them are missing goes on talking.
        let talks_on = with_person && ending.cause == HangupCause::connection_lost();
        if self.line.asks_what_next() && next == NextStep::Hangup && !is_known_there && !talks_on {
            fx.push(Effect::EndBySwitch);
        }
        match is_there {
            true => self.parted(fx),
            false => self.part(&ending, &next, Parting { is_with_us, waits_for_link }, now, fx),
        }
        let had_assistant = self.conversation.remove_assistant();
        self.rewire(fx);
        if had_assistant {
            fx.push(Effect::Assistant(AssistantOrder::Stop));
        }
        if self.line.continues_after_leg()
            && self.closing.is_tearing_down()
            && matches!(next, NextStep::Goto(_))
        {
            self.channel.keep_legs(legs.into_iter().flatten());
        } else {
            fx.extend(legs.into_iter().flatten().map(Effect::ReleaseLeg));
        }
        self.answer_awaited_next(fx);
    }

    /// Waits, but not for long, for lines of an ended call that are not written yet.
    pub(super) fn watch_aftermath(&mut self, now: UnixMs) {
        if !self.lifecycle.has_ended() || self.conversation.transcript().is_written() {
            self.closing.transcript_is_over();
        } else {
            self.closing.await_transcript(now);
        }
    }

    /// The missing parts of the transcript won't be reported any more.
    pub(super) fn aftermath_over(&mut self, fx: &mut Effects) {
        self.closing.transcript_is_over();
        self.give_words_up(fx);
        self.settle_utterances(None, fx);
    }

    /// The dialplan asks what to do with a caller whose leg ended on its side.
    pub(super) fn next_asked(&mut self, is_missing: bool, now: UnixMs, fx: &mut Effects) {
        if self.line.joins_in_rooms() {
            // They are no longer in a room.
            self.back_from_person(now, fx);
        }
        self.back_from_where_sent(now, fx);
        if is_missing {
            self.place_missing(now, fx);
        }
        if let Some(place) = self.place_for_dialplan(now) {
            return self.answer_next(NextStep::Goto(place), fx);
        }
        match self.lifecycle.phase() {
            Phase::Dialling(_) | Phase::Interrupted { .. } | Phase::WithPerson(_) => {
                self.answer_next(NextStep::Again, fx);
            }
            Phase::Ended => self.answer_next(self.closing.next().clone(), fx),
            Phase::AgentToAgentCall(_) => self.answer_next(NextStep::Hangup, fx),
            Phase::ScriptedLine(_) => self.answer_next(self.next_by_document().unwrap_or_default(), fx),
            // The request can overtake the end of the connection.
            _ => self.closing.await_next(now),
        }
    }

    /// The dialplan reports that the leg is gone, although its end was not seen here. The report counts: the leg is lost.
    pub(super) fn next_overdue(&mut self, now: UnixMs, fx: &mut Effects) {
        let lost = [self.caller.take(), self.arriving.take()];
        self.rewire(fx);
        fx.extend(lost.into_iter().flatten().map(Effect::ReleaseLeg));
        self.caller_lost(LostBy::Connection, now, fx);
        // A caller who is served by documents has no leg to lose.
        self.answer_awaited_next(fx);
    }

    /// Answers a dialplan that asked before the end of the leg was seen.
    pub(super) fn answer_awaited_next(&mut self, fx: &mut Effects) {
        if self.closing.take_awaited_next() {
            let next = match *self.lifecycle.phase() {
                Phase::Ended => self.closing.next().clone(),
                _ => self.next_by_document().unwrap_or(NextStep::Again),
            };
            self.answer_next(next, fx);
        }
    }

    fn answer_next(&self, next: NextStep, fx: &mut Effects) {
        fx.push(note(Decision::NextAnswered { next: next.clone() }));
        fx.push(Effect::AnswerNext(next));
    }
}
