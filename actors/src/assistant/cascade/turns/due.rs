//! Turns, guesses, interruptions, pieces to speak, tool calls and their results, as they become due. After each input everything is
//! done that is due then; a deadline says when something is due without one.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::chat::ToolRequest;
use serde_json::{Value, json};

use super::answer::{Answer, Cause, Piece};
use super::ending::pause_ms_after;
use super::{EMPTY_MAX, TurnAct, Turns};
use crate::assistant::remote::agent::asks::from_the_system;
use crate::assistant::remote::agent::dialect::{Event, ModelToolRequest};
use crate::assistant::remote::{Loss, Retry};

/// Silence after words before an answer is requested on a guess.
const GUESS_MS: u64 = 150;
/// Silence after words that may still change, before the recognizer is asked for the final ones.
const FINALIZE_MS: u64 = 400;
/// Silence after words that may still change, before they are taken as they are.
const PARTIAL_MS_MAX: u64 = 1_600;
/// Silence after speech without words, after which it counts as noise.
const WORDLESS_MS: u64 = 1_500;
/// A "yes" this close to the end of what the assistant says is an answer to it.
const BACKCHANNEL_MS: u64 = 1_000;
/// Longest time in ms that an answer is held back because the caller begins to speak and none of their words are known.
const HELD_MS_MAX: u64 = 1_500;
/// Message to a model whose tools returned results while it spoke, and to one that said nothing about its results.
const RESULTS_CAME: &str = "the tools that you asked for have given their results meanwhile; go on";

impl Turns {
    /// Returns when [`tick`](Self::tick) is due at the latest.
    pub(in crate::assistant::cascade) fn next_deadline(&self) -> Option<UnixMs> {
        if self.is_over {
            return None;
        }
        let hearing = &self.hearing;
        let speaks = hearing.speaking_since;
        let busy_until = Some(self.plays_until).filter(|until| *until > self.now && self.answer.is_none());
        let held = self.answer.as_ref().filter(|answer| answer.has_more() && !answer.has_sound);
        let deadlines = [
            self.turn_deadline(),
            hearing.wordless_since.filter(|_| !self.are_words_due).map(|since| since + WORDLESS_MS),
            busy_until.filter(|_| !hearing.is_wordless() || self.has_results),
            speaks
                .filter(|since| self.is_heard() && hearing.is_wordless_since(*since))
                .map(|since| since + self.settings.barge_in_ms),
            speaks.filter(|_| held.is_some() || self.has_results).map(|since| since + HELD_MS_MAX),
        ];
        deadlines.into_iter().flatten().filter(|deadline| *deadline > self.now).min()
    }

    /// Returns when the present words become a guess or a turn, or the recognizer is asked for the final ones.
    fn turn_deadline(&self) -> Option<UnixMs> {
        if self.hearing.is_wordless() || self.is_busy() {
            return None;
        }
        let since = self.hearing.silent_since()?;
        let steps = if self.hearing.is_open() {
            [FINALIZE_MS, PARTIAL_MS_MAX]
        } else {
            [GUESS_MS, pause_ms_after(&self.hearing.text(), self.settings.pause_ms)]
        };
        steps.into_iter().map(|ms| since + ms).filter(|due| *due > self.now).min()
    }

    /// Returns whether sound that is taken for speech, and began at `since`, was noise at this time: it had lasted for long, and
    /// the recognizer knew no word of it.
    fn was_noise(&self, since: UnixMs, at: UnixMs) -> bool {
        let is_long = at.ms_since(since) >= HELD_MS_MAX;
        self.settings.hears_at_once && is_long && self.hearing.is_wordless_since(since)
    }

    /// Does what is due now. Called after each input.
    pub(super) fn settle(&mut self) {
        if self.is_over {
            return;
        }
        self.mind_interruption();
        self.drop_backchannel();
        self.mind_turn();
        self.mind_noise();
        self.speak();
        self.finish();
        self.mind_results();
    }

    /// Handles a caller who speaks while the assistant speaks or thinks.
    fn mind_interruption(&mut self) {
        if !self.is_busy() {
            return;
        }
        let barge_in_ms = self.settings.barge_in_ms;
        // Earlier words may be a backchannel. Noise into which the assistant has begun to speak, such as a television, interrupts
        // it only by words.
        let interrupts = self.hearing.speaking_since.is_some_and(|since| {
            let is_long = self.now.ms_since(since) >= barge_in_ms;
            is_long && self.hearing.is_wordless_since(since) && !self.was_noise(since, self.heard_since)
        });
        let by_voice = self.is_heard() && interrupts;
        if !by_voice && !self.hearing.says_something() {
            return;
        }
        let was_heard = self.is_heard();
        let mut was_asked = false;
        if let Some(answer) = self.answer.take() {
            was_asked = answer.cause == Cause::Requested && !answer.has_sound;
            self.has_results |= answer.cause == Cause::Tools && !answer.has_sound;
            self.history.interrupted(&answer.said);
            self.stop(Some(answer));
        }
        self.plays_until = self.now;
        if was_heard {
            self.report(Event::Interrupted(self.pieces));
        }
        if was_asked {
            // The call waits for the request's outcome.
            self.report(Event::Refused);
        }
    }

    /// Drops a backchannel during an utterance, except near its end.
    fn drop_backchannel(&mut self) {
        let is_backchannel =
            !self.hearing.is_wordless() && !self.hearing.is_open() && !self.hearing.says_something();
        if is_backchannel && !self.is_busy() && self.hearing.words_at + BACKCHANNEL_MS < self.plays_until {
            self.hearing.take();
        }
    }

    /// Turns the caller's words into a turn, or a guess at one, once they are silent.
    fn mind_turn(&mut self) {
        if self.is_busy() || self.hearing.is_wordless() {
            return;
        }
        let Some(since) = self.hearing.silent_since() else { return };
        let silent_ms = self.now.ms_since(since);
        if self.hearing.is_open() {
            if silent_ms >= FINALIZE_MS && !std::mem::replace(&mut self.hearing.was_asked, true) {
                self.acts.push_back(TurnAct::Finalize);
            }
            if silent_ms < PARTIAL_MS_MAX || self.are_words_due {
                return;
            }
            self.hearing.settle_for_partial();
        }
        if self.are_words_due && self.hearing.has_spoken_on() {
            // The words that are still due belong to the same turn.
            return;
        }
        let text = self.hearing.text();
        if silent_ms >= pause_ms_after(&text, self.settings.pause_ms) {
            self.take_turn();
        } else if silent_ms >= GUESS_MS
            && self.answer.is_none()
            && !self.history.has_pending()
            && self.unguessed.as_ref() != Some(&text)
        {
            self.think(Cause::Guess(text));
        }
    }

    fn take_turn(&mut self) {
        let text = self.hearing.take();
        self.unguessed = None;
        self.rounds = 0;
        self.history.user(&text);
        self.report(Event::CallerSaid(text.clone()));
        match self.answer.as_mut().filter(|answer| answer.cause == Cause::Guess(text)) {
            Some(answer) => answer.cause = Cause::Turn,
            None => {
                self.drop_guess();
                self.think(Cause::Turn);
            }
        }
    }

    /// Treats speech without any words as noise: nothing answers it.
    fn mind_noise(&mut self) {
        let is_noise =
            self.hearing.wordless_since.is_some_and(|since| self.now.ms_since(since) >= WORDLESS_MS);
        if is_noise && !self.are_words_due {
            self.hearing.wordless_since = None;
            if !self.is_busy() {
                self.report(Event::CallerSaid(String::new()));
            }
        }
    }

    /// Sends the pieces that are due to the speech service. An answer is not started while the caller begins to speak.
    fn speak(&mut self) {
        let now = self.now;
        let is_held = self.hearing.speaking_since.is_some_and(|since| now.ms_since(since) < HELD_MS_MAX);
        let Some(answer) = &mut self.answer else { return };
        if is_held && !answer.has_sound {
            return;
        }
        let id = answer.id;
        while let Some(piece) = answer.next_piece(self.settings.pieces) {
            self.acts.push_back(match piece {
                Piece::Words { words, is_last } => TurnAct::Speak { id, words, is_last },
                Piece::End => TurnAct::EndSpeech,
            });
        }
    }

    /// Ends an answer that has been spoken: its tool calls are made.
    fn finish(&mut self) {
        let Some(mut answer) = self.answer.take_if(|answer| answer.is_over()) else { return };
        let calls = answer.take_calls();
        if answer.has_sound {
            self.report(Event::AllSent);
        } else if calls.is_empty() {
            return self.ask_again(answer);
        }
        self.history.assistant(&answer.said, calls.clone());
        for ToolRequest { id, name, arguments } in calls {
            // Arguments that aren't JSON are passed on as they are: the call refuses them with a reason.
            let arguments = match arguments.trim() {
                "" => json!({}),
                text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
            };
            self.report(Event::ModelToolRequest(ModelToolRequest { id, name, arguments }));
        }
    }

    /// Requests an answer again that had neither words nor tool calls.
    fn ask_again(&mut self, answer: Answer) {
        if answer.attempts == EMPTY_MAX {
            let reason = "the language model answers without a word";
            return self.fail(Loss::new(ProviderFailure::ProviderError, reason, Retry::Soon));
        }
        if answer.cause == Cause::Tools {
            // The same request would get no words again: a model that has spoken before may take the results for the end of its
            // turn.
            self.history.user(&from_the_system(RESULTS_CAME));
        }
        self.think_again(answer.cause, answer.attempts);
    }

    /// Asks the model for an answer once more, after so many earlier attempts.
    pub(super) fn think_again(&mut self, cause: Cause, attempts: u32) {
        self.think(cause);
        if let Some(again) = &mut self.answer {
            again.attempts = attempts + 1;
        }
    }

    /// Asks the model to answer tool results, once all of them are there and nobody speaks.
    fn mind_results(&mut self) {
        let is_quiet = self.hearing.speaking_since.is_none_or(|since| self.was_noise(since, self.now));
        let is_free = self.answer.is_none() && self.hearing.is_wordless() && is_quiet;
        if self.has_results && is_free && !self.history.has_pending() {
            self.rounds += 1;
            if self.history.ends_in_own_words() {
                // The results came while it spoke, and are stored before its words; models answer the last message.
                self.history.user(&from_the_system(RESULTS_CAME));
            }
            self.think(Cause::Tools);
        }
    }
}
