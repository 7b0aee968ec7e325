//! What the caller says, as lines of the transcript, and the watch over a caller who says nothing.
//!
//! An assistant tells first that the caller speaks, then that they have spoken, then in which words. A call can end, and
//! its process die, between any two of these; the transcript says all the same that the caller spoke.

use std::collections::VecDeque;

use cordboard_schema::event::Decision;
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine, Phase, note};

/// Speeches whose words may be outstanding. An assistant that never tells words has each put down without them.
const WORDS_OWED_MAX: usize = 8;
/// How long the words of what was said last are waited for when the call has ended: recognizing takes a second or so.
const WORDS_AFTER_END_MS_MAX: u64 = 2_000;

/// Speech that has ended and whose words were not told yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WordsOwed {
    /// Lengths of the speeches in ms, oldest first.
    speeches_ms: VecDeque<u64>,
    /// Once the call has ended: how long they are waited for.
    pub(super) deadline: Option<UnixMs>,
}

impl WordsOwed {
    /// Whether all that was said has its words.
    pub(super) fn is_settled(&self) -> bool {
        self.speeches_ms.is_empty()
    }
}

/// The watch over a caller who says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Silence {
    pub(super) deadline: Option<UnixMs>,
    /// Already asked whether they are still there.
    pub(super) prompted: bool,
}

impl Machine {
    pub(super) fn speech_started(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.caller.is_none() {
            return;
        }
        self.speaking_since.get_or_insert(now);
        self.silence = Silence::default();
        if self.is_conversing() {
            self.barge_in(fx);
            self.message_speech_started(now);
        }
    }

    pub(super) fn speech_stopped(&mut self, speech_ms: u64, now: UnixMs, fx: &mut Effects) {
        if self.speaking_since.take().is_none() {
            return;
        }
        self.owe_words(speech_ms, fx);
        self.message_speech_stopped(speech_ms, now);
        self.watch_silence(now);
    }

    pub(super) fn transcript(&mut self, text: &str, fx: &mut Effects) {
        self.words_owed.speeches_ms.pop_front();
        if self.words_owed.is_settled() {
            self.words_owed.deadline = None;
        }
        if !text.is_empty() {
            fx.push(note(Decision::CallerSaid { text: text.to_owned() }));
        }
    }

    /// The caller is gone in the middle of their words. The assistant may still tell what it makes of them.
    pub(super) fn speech_broke_off(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some(since) = self.speaking_since.take() {
            self.owe_words(now.ms_since(since), fx);
        }
    }

    /// The process died in the middle of the caller's words, at this moment if that is known.
    pub(super) fn speech_died(&mut self, died_at: Option<UnixMs>, fx: &mut Effects) {
        if let Some(since) = self.speaking_since.take() {
            self.owe_words(died_at.map_or(0, |died_at| died_at.ms_since(since)), fx);
        }
    }

    /// The call ends and its assistant with it. Words that are on their way are waited for, not for long.
    pub(super) fn close_speech(&mut self, now: UnixMs, fx: &mut Effects) {
        self.speech_broke_off(now, fx);
        self.words_owed.deadline = (!self.words_owed.is_settled()).then_some(now + WORDS_AFTER_END_MS_MAX);
    }

    /// Nobody will tell the words that are owed any more.
    pub(super) fn give_words_up(&mut self, fx: &mut Effects) {
        fx.extend(self.words_owed.speeches_ms.drain(..).map(speech_without_words));
        self.words_owed.deadline = None;
    }

    fn owe_words(&mut self, speech_ms: u64, fx: &mut Effects) {
        if self.words_owed.speeches_ms.len() == WORDS_OWED_MAX {
            fx.extend(self.words_owed.speeches_ms.pop_front().map(speech_without_words));
        }
        self.words_owed.speeches_ms.push_back(speech_ms);
    }

    /// Starts the watch over a silent caller where it is their turn.
    pub(super) fn watch_silence(&mut self, now: UnixMs) {
        let their_turn = matches!(self.phase, Phase::Conversing)
            && self.caller.is_some()
            && self.speaking_since.is_none()
            && !self.assistant_speaking();
        let wait_ms = if self.silence.prompted {
            self.policy.silence_goodbye_ms
        } else {
            self.policy.silence_prompt_ms
        };
        self.silence.deadline = their_turn.then(|| now + wait_ms);
    }
}

/// A line of the transcript for speech that nobody put into words.
fn speech_without_words(speech_ms: u64) -> Effect {
    let text = match speech_ms {
        // Its length is not known, or too short to be told.
        0..100 => "(speech)".to_owned(),
        _ => format!("(speech, {}.{} s)", speech_ms / 1000, speech_ms % 1000 / 100),
    };
    note(Decision::CallerSaid { text })
}
