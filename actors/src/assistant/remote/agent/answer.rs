//! The agent's present answer: its cause, its words, and whether it is to be heard.

use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::asks::{Ask, PendingAsk};
use super::dialect::Dialect;
use crate::messages::Attention;

/// Bytes of one answer's words: far more than anyone says at once.
pub(super) const WORDS_BYTES_MAX: usize = 64 * 1024;
/// Silence after the sound of an answer, in ms, after which it is over if its end is not reported.
pub(super) const PAUSE_MS: u64 = 250;
/// Time to wait for more of an answer whose end is reported, in ms: sentences are generated one by one.
pub(super) const GAP_MS: u64 = 1_000;

/// The answer that the agent gives now, or is about to give.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// Its request; `None` for an answer that the agent gives on its own.
    pub(super) ask: Option<Ask>,
    /// Some of its words are known.
    has_words: bool,
    /// Words that are in no utterance yet.
    unplaced: String,
    /// Words of its complete utterances.
    placed: String,
    /// None of it is to be heard.
    pub(super) is_muted: bool,
    /// Some of its sound was sent to the caller's line.
    pub(super) has_begun: bool,
    /// Some of its sound has arrived, played or dropped.
    has_sounded: bool,
    /// All of its sound was heard.
    pub(super) is_over: bool,
    /// The provider reported that all of its sound was sent.
    pub(super) all_sent: bool,
    /// The caller interrupted it: the rest is dropped.
    pub(super) is_cut: bool,
    /// When its sound so far ends if it is played as it arrives, counting dropped sound as well.
    sounds_until: UnixMs,
    /// When a part of it last arrived.
    arrived_at: UnixMs,
}

/// Returns words, cut at the longest length that is kept.
pub(super) fn bounded(text: String) -> String {
    if text.len() <= WORDS_BYTES_MAX {
        return text;
    }
    text.char_indices().take_while(|(at, _)| *at < WORDS_BYTES_MAX).map(|(_, c)| c).collect()
}

/// Adds words, up to the longest length that is kept.
pub(super) fn add_words(to: &mut String, words: &str) {
    if to.len() + words.len() <= WORDS_BYTES_MAX {
        to.push_str(words);
    }
}

/// Returns what follows in a text after the words that it begins with, however they are spaced; `None` if it begins with others. A
/// text that ends within these words has no rest.
pub(super) fn rest_after<'a>(text: &'a str, begun: &str) -> Option<&'a str> {
    let mut begun = begun.chars().filter(|c| !c.is_whitespace());
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        match begun.next() {
            None => return Some(&text[at..]),
            Some(expected) if expected == c => {}
            Some(_) => return None,
        }
    }
    Some("")
}

impl Answer {
    fn new(ask: Option<Ask>, text: Option<String>, is_muted: bool, now: UnixMs) -> Self {
        Self {
            ask,
            has_words: text.is_some(),
            unplaced: text.unwrap_or_default(),
            placed: String::new(),
            is_muted,
            has_begun: false,
            has_sounded: false,
            is_over: false,
            all_sent: false,
            is_cut: false,
            sounds_until: now,
            arrived_at: now,
        }
    }

    /// Returns whether its sound has yet to arrive.
    pub(super) fn is_about_to_speak(&self) -> bool {
        !self.has_begun && !self.is_over
    }

    /// Returns whether its sound has yet to arrive, and is to be heard.
    pub(super) fn is_due(&self) -> bool {
        self.is_about_to_speak() && !self.is_muted
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over || self.is_muted
    }

    pub(super) fn is_part_of_conversation(&self) -> bool {
        self.ask.as_ref().is_none_or(Ask::is_part_of_conversation)
    }

    /// Returns whether an assistant that only listens drops it.
    pub(super) fn needs_conversation(&self) -> bool {
        self.ask.as_ref().is_none_or(Ask::needs_conversation)
    }

    /// Returns whether some of its sound has arrived, and neither its end nor an interruption.
    pub(super) fn has_no_end(&self) -> bool {
        self.has_begun && !self.all_sent && !self.is_cut && !self.is_muted
    }

    /// Takes words back whose sound has not arrived: its next utterance gets them.
    pub(super) fn take_back_words(&mut self, words: &str) {
        self.unplaced = words.to_owned();
    }

    /// Notes the words of an utterance of it that is complete.
    pub(super) fn places(&mut self, words: &str) {
        add_words(&mut self.placed, words);
    }

    /// Returns words of all of it without those of its complete utterances.
    pub(super) fn not_placed<'a>(&self, words: &'a str) -> &'a str {
        rest_after(words, &self.placed).unwrap_or(words)
    }

    /// Returns until when more of it may arrive, if its end is reported.
    pub(super) fn continues_until(&self) -> Option<UnixMs> {
        (!self.all_sent && !self.is_cut).then_some(self.arrived_at + GAP_MS)
    }

    /// Returns whether all of it has arrived.
    pub(super) fn has_come(&self) -> bool {
        self.all_sent || self.is_cut || self.is_over
    }

    fn continues(&self, now: UnixMs) -> bool {
        let waits = !self.has_sounded && !self.is_cut && !self.is_muted;
        waits || self.continues_until().is_some_and(|until| now <= until)
    }

    /// Notes that sound of it has arrived.
    pub(super) fn sounds(&mut self, ms: u64, now: UnixMs) {
        self.sounds_until = self.sounds_until.max(now) + ms;
        self.arrived_at = now;
        self.has_sounded = true;
    }

    /// Takes the words that are in no utterance, and the line of the call that its first utterance says.
    pub(super) fn take_utterance(&mut self) -> (Option<Line>, String) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let line = self.ask.as_ref().and_then(Ask::line).filter(|_| is_first);
        (line, std::mem::take(&mut self.unplaced))
    }
}

impl<D: Dialect> Session<D> {
    /// Takes the agent's next words, which are complete.
    pub(super) fn responds(&mut self, text: String) {
        let text = bounded(text);
        if let Some(answer) = self.answer.as_mut().filter(|answer| !answer.has_words && !answer.is_over) {
            answer.has_words = true;
            answer.arrived_at = self.now;
            // Its sound came first.
            match self.voice.open_words() {
                Some(words) if words.is_empty() => *words = text,
                _ => answer.unplaced = text,
            }
            return;
        }
        self.next_answer(Some(text));
    }

    /// Takes more of the agent's words.
    pub(super) fn says_more(&mut self, text: &str) {
        let now = self.now;
        let Some(answer) = self.answer.as_mut().filter(|answer| answer.continues(now)) else {
            return self.next_answer(Some(bounded(text.to_owned())));
        };
        answer.has_words = true;
        answer.arrived_at = now;
        if answer.is_muted {
            return;
        }
        match self.voice.open_words().filter(|_| answer.has_begun) {
            Some(words) => add_words(words, text),
            None => add_words(&mut answer.unplaced, text),
        }
    }

    /// Takes more of the agent's past words, of an answer that was sent completely or interrupted.
    pub(super) fn said_too(&mut self, text: &str) {
        if self.answer.as_ref().is_some_and(|answer| answer.is_muted) {
            return;
        }
        if let Some(words) = self.voice.newest_words() {
            add_words(words, text);
        }
    }

    /// Notes that all sound of the answer was sent. If the answer has not begun, the report was about the one before.
    pub(super) fn all_sent(&mut self) {
        let Some(answer) = self.answer.as_mut().filter(|answer| answer.has_sounded) else { return };
        answer.all_sent = true;
        if answer.is_muted {
            answer.is_over = true;
        } else if !answer.is_cut {
            self.voice.all_came();
            self.has_given_way();
        }
    }

    /// Begins another answer: sets its cause, and whether it is to be heard.
    pub(super) fn next_answer(&mut self, text: Option<String>) {
        self.finish_open();
        let own_first = self.links.take_first_words();
        self.turn_is_over();
        self.answer_due_since = None;
        self.refused_since = None;
        self.hearing.stop_awaiting_answer();
        self.hearing.answered();
        let (ask, is_muted) = match (self.asked.take(), own_first) {
            (Some(PendingAsk { ask, .. }), _) => {
                // The call may have ordered to listen since the request.
                let is_muted = self.attention == Attention::Listen && ask.needs_conversation();
                (Some(ask), is_muted)
            }
            (None, Some(true)) if !self.waits => self.first_words(),
            // No caller is greeted twice.
            (None, Some(_)) => (None, true),
            (None, None) => {
                let is_dropped = self.attention == Attention::Listen || self.waits || self.speaks_to_nobody;
                (None, is_dropped)
            }
        };
        self.answer = Some(Answer::new(ask, text, is_muted, self.now));
    }

    /// Returns the request that the agent's own first words answer. The call makes it as soon as the assistant is ready, if
    /// anybody is there.
    fn first_words(&mut self) -> (Option<Ask>, bool) {
        let wanted = self.dialect.first_line(&self.plan).map(Ask::Line);
        match self.asks.front() {
            Some(first) if Some(first) == wanted.as_ref() => (self.asks.pop_front(), false),
            // Continuing, or another line: the agent's greeting is neither.
            Some(_) => (None, true),
            // Their sound would not be heard, and the words that the call wants next would wait for its end.
            None => {
                self.speaks_to_nobody = true;
                (None, true)
            }
        }
    }

    /// Returns whether arriving sound belongs to the present answer.
    pub(super) fn sound_continues(&mut self) -> bool {
        let (now, reports_ends) = (self.now, self.can.reports_ends);
        match &mut self.answer {
            None => false,
            Some(answer) if reports_ends => {
                let continues = answer.continues(now) || answer.has_no_end();
                answer.is_over &= !continues;
                continues
            }
            Some(answer) if !answer.is_over() => true,
            Some(_) => self.continues_after_end(),
        }
    }

    /// Returns whether sound that arrives after the end of an answer, or while one is dropped, is more of it. An answer whose
    /// words are known has no others. If the agent reports no words, only the time and its pending answers separate two answers.
    fn continues_after_end(&mut self) -> bool {
        let is_another_due = self.asked.is_some() || self.answer_due_since.is_some();
        let is_awaited = is_another_due || self.hearing.awaits_since().is_some();
        let now = self.now;
        let Some(answer) = &mut self.answer else { return false };
        let continues = match (answer.has_words && !answer.is_cut, answer.is_muted) {
            (true, true) => true,
            (true, false) => !is_another_due,
            (false, true) => !is_awaited && now <= answer.sounds_until + PAUSE_MS,
            (false, false) => false,
        };
        if continues && !answer.is_muted {
            answer.is_over = false;
        }
        continues
    }

    /// Handles the loss of the connection, and of the present words with it. Returns whether some of them were still to come.
    pub(super) fn answer_lost(&mut self) -> bool {
        let Some(answer) = self.answer.take() else { return false };
        let breaks_off = self.can.reports_ends && answer.has_no_end();
        if answer.is_over() && !breaks_off {
            return false;
        }
        match answer.ask {
            // The next connection's opening contains what the caller has written.
            Some(Ask::Caller(_)) if !answer.has_begun => true,
            Some(ask) if !answer.has_begun => {
                self.asks.push_front(ask);
                false
            }
            _ if self.can.reports_ends => {
                if !answer.all_sent {
                    self.shorten_open();
                }
                !answer.all_sent
            }
            // The part that has arrived is played, and may have been all.
            _ => !answer.has_begun || !answer.has_words || self.shorten_open().is_some(),
        }
    }
}
