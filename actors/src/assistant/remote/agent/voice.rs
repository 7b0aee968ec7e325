//! The agent's speech: each answer is one utterance, or two if a pause separates them.
//!
//! Its sound arrives faster than it is played. If no event marks the end of an answer, it is over when all of it was heard and
//! nothing has arrived for a moment. The ear reports how much of an interrupted answer was heard, in ms. The words of that part
//! are reported by the agent, or known from the characters that came with the sound, or estimated.

use std::collections::VecDeque;

use cordboard_schema::audio::Frame;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::answer::{Answer, GAP_MS, PAUSE_MS, add_words, rest_after};
use super::dialect::Dialect;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::playout::Playout;
use crate::assistant::sounds::Prompt;
use cordboard_call::machine::{before_last_word, heard_part};

/// Utterances that may be queued for playout.
const COMPLETED_MAX: usize = 64;
/// Time to wait for the heard words of an interrupted answer, in ms.
const CORRECTION_MS_MAX: u64 = 600;
/// Letters that a fast speaker says in a second.
const LETTERS_PER_S: u64 = 17;
/// Characters of the words of what was heard.
const WORDS_CHARS_MAX: usize = 16 * 1024;
/// Pieces of sound whose place in an utterance is known.
const PIECES_MAX: usize = 4_096;
/// Longest sound of one utterance, in ms; an endless one is split into several.
const UTTERANCE_MS_MAX: u64 = 120_000;

/// The agent's utterances, from their first sample to the ear's report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Voice {
    /// Sound that was sent to the caller's line.
    pub(super) playout: Playout,
    /// Until when the caller hears what arrived over an earlier connection.
    pub(super) of_others_until: UnixMs,
    /// The utterance that audio arrives for.
    open: Option<Spoken>,
    /// Complete utterances that the ear has not reported.
    completed: VecDeque<ReportedSpeech>,
    has_warned: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Spoken {
    item: ItemId,
    line: Option<Line>,
    /// The words of its answer, all of them.
    text: String,
    /// The words in the sound that has arrived, if they are reported.
    sounded: String,
    /// Ends of these words in the sound: the time in ms, and bytes of `sounded`. One entry for each piece of sound that came with
    /// words.
    sounded_until: Vec<(u64, usize)>,
    /// Each piece of its sound came with its words.
    is_aligned: bool,
    audio_ms: u64,
    /// The numbers of its pieces, and when each will have been heard.
    pieces: VecDeque<(u64, UnixMs)>,
    heard: Option<(u64, PlayedEnd)>,
    /// It was interrupted, and this is when it is completed without the heard words.
    cut_until: Option<UnixMs>,
    /// It was interrupted before any of its words were reported: they may still arrive.
    has_no_words: bool,
    /// The words that were heard.
    corrected: Option<String>,
    /// All of its sound has arrived.
    is_whole: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct ReportedSpeech {
    item: ItemId,
    text: String,
    audio_ms: u64,
    heard: Option<(u64, PlayedEnd)>,
}

impl Spoken {
    /// Returns the words that go with its sound.
    fn words(&self) -> &str {
        let is_whole = self.cut_until.is_none() || self.sounded.trim().is_empty();
        if is_whole && !self.text.is_empty() { self.text.trim() } else { self.sounded.trim() }
    }

    /// Notes the words of the newest piece of its sound.
    fn sounds_with(&mut self, words: &str) {
        add_words(&mut self.sounded, words);
        if self.sounded_until.len() < PIECES_MAX {
            self.sounded_until.push((self.audio_ms, self.sounded.len()));
        }
    }

    /// Returns the words of the first `heard_ms` of its sound, from the pieces that they came with.
    fn sounded_within(&self, heard_ms: u64) -> &str {
        let (mut from_ms, mut from) = (0, 0);
        for &(until_ms, until) in &self.sounded_until {
            if heard_ms < until_ms {
                let piece = &self.sounded[from..until];
                let heard = heard_part(piece, heard_ms - from_ms, until_ms - from_ms, PlayedEnd::Cleared);
                return whole_words(&self.sounded, from + heard.len());
            }
            (from_ms, from) = (until_ms, until);
        }
        self.sounded.trim()
    }

    /// Estimates the words of the first `heard_ms` of its sound, if nothing reports them.
    fn heard_words(&self, heard_ms: u64) -> &str {
        if !self.sounded.trim().is_empty() {
            return self.sounded_within(heard_ms);
        }
        let words = self.words();
        let audio_ms = if self.is_whole { self.audio_ms } else { self.audio_ms.max(whole_ms(words)) };
        heard_part(words, heard_ms, audio_ms, PlayedEnd::Cleared)
    }
}

impl Voice {
    pub(super) fn new(first_item: ItemId, now: UnixMs) -> Self {
        Self {
            playout: Playout::new(first_item, now),
            of_others_until: now,
            open: None,
            completed: VecDeque::new(),
            has_warned: false,
        }
    }

    /// Returns whether an utterance is incomplete.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns whether an utterance is incomplete, and was not interrupted.
    pub(super) fn continues(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.cut_until.is_none())
    }

    /// Returns the words that the caller is going to hear, oldest first.
    pub(super) fn unheard(&self) -> impl Iterator<Item = &str> {
        let completed = self.completed.iter().filter(|completed| completed.heard.is_none());
        completed.map(|completed| completed.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Returns the words of the utterance that sound arrives for.
    pub(super) fn open_words(&mut self) -> Option<&mut String> {
        self.open.as_mut().map(|open| &mut open.text)
    }

    /// Returns the words of the newest utterance with sound, as long as its heard part was not reported.
    pub(super) fn newest_words(&mut self) -> Option<&mut String> {
        match &mut self.open {
            Some(open) => Some(&mut open.text),
            None => self
                .completed
                .back_mut()
                .filter(|completed| completed.heard.is_none())
                .map(|completed| &mut completed.text),
        }
    }

    /// Notes that all sound of the utterance has arrived.
    pub(super) fn all_came(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_whole = true;
        }
    }

    /// Notes that a piece of the open utterance is sent to the caller's line.
    fn played(&mut self, number: u64, ms: u64, now: UnixMs) {
        self.playout.plays(ms, now);
        let until = self.playout.until;
        let Some(Spoken { pieces, .. }) = &mut self.open else { return };
        match pieces.back_mut().filter(|(newest, _)| *newest == number) {
            Some((_, end)) => *end = until,
            None => pieces.push_back((number, until)),
        }
        // Sound that was heard long ago can't be interrupted any more.
        while pieces.len() > PIECES_MAX {
            pieces.pop_front();
        }
    }

    /// Returns the number of the piece that is being heard; `None` while there is none.
    fn piece_heard(&self, now: UnixMs) -> Option<u64> {
        let pieces = &self.open.as_ref()?.pieces;
        pieces.iter().find(|(_, until)| *until > now).map(|(event_id, _)| *event_id)
    }
}

impl<D: Dialect> Session<D> {
    /// Takes a piece of the agent's sound.
    pub(super) fn sound(&mut self, number: u64, frame: Frame, words: Option<String>) {
        let ms = frame.rate().ms_of_samples(frame.sample_count() as u64);
        if ms > UTTERANCE_MS_MAX {
            return self.left_out("a piece of the provider's audio is dropped: it is too long");
        }
        if !self.links.may_sound(number) || self.is_backlog() {
            return;
        }
        if !self.sound_continues() {
            self.next_answer(None);
        }
        let now = self.now;
        let Some(answer) = &mut self.answer else { return };
        answer.sounds(ms, now);
        if answer.is_muted {
            return;
        }
        self.links.works();
        if self.voice.open.as_ref().is_some_and(|open| open.audio_ms >= UTTERANCE_MS_MAX) {
            self.finish_open();
        }
        if self.voice.open.is_none() {
            self.begin_utterance();
        }
        let Some(open) = &mut self.voice.open else { return };
        open.audio_ms += ms;
        match words {
            Some(words) => open.sounds_with(&words),
            None => open.is_aligned = false,
        }
        let is_heard = open.heard.is_none();
        self.acts.push(Act::Speak(frame));
        if is_heard {
            self.voice.played(number, ms, now);
        }
    }

    fn begin_utterance(&mut self) {
        let Some((line, text)) = self.answer.as_mut().map(Answer::take_utterance) else { return };
        self.cease_comfort();
        let item = self.voice.playout.number();
        self.voice.open = Some(Spoken {
            item,
            line,
            text,
            sounded: String::new(),
            sounded_until: Vec::new(),
            is_aligned: true,
            audio_ms: 0,
            pieces: VecDeque::new(),
            heard: None,
            cut_until: None,
            has_no_words: false,
            corrected: None,
            is_whole: false,
        });
        self.acts.push(Act::Begin { item, line });
    }

    /// Warns the operator of the first thing that was dropped.
    fn left_out(&mut self, what: &str) {
        if !std::mem::replace(&mut self.voice.has_warned, true) {
            self.acts.push(Act::Warn(what.to_owned()));
        }
    }

    /// Handles a caller who interrupted the agent, up to this piece.
    pub(super) fn interrupted(&mut self, event_id: u64) {
        let heard_now = self.voice.piece_heard(self.now);
        if heard_now.is_some_and(|heard_now| event_id < heard_now) {
            // It is about something that was heard long ago.
            return;
        }
        self.links.clear_to(event_id);
        let Some(open) = self.voice.open.as_mut().filter(|open| open.cut_until.is_none()) else {
            if let Some(answer) = self.answer.take_if(|answer| answer.is_about_to_speak())
                && let Some(ask) = answer.ask.filter(|ask| !answer.is_muted && !ask.is_part_of_conversation())
            {
                // The call waits for it.
                self.asks.push_front(ask);
            }
            return;
        };
        open.has_no_words = open.words().is_empty();
        open.cut_until = Some(self.now + CORRECTION_MS_MAX);
        if let Some(answer) = &mut self.answer {
            answer.is_over = true;
            answer.is_cut = true;
        }
        self.voice.playout.until = self.now;
        self.spoken_into();
    }

    /// Takes the words that the caller heard, as the agent estimates them.
    pub(super) fn corrected(&mut self, corrected: &str) {
        if let Some(open) = self.voice.open.as_mut().filter(|open| open.cut_until.is_some()) {
            let words = corrected.trim().trim_end_matches("...").trim_end_matches('…').trim_end();
            // They are all words of the answer, which may have had a pause.
            let words = self.answer.as_ref().map_or(words, |answer| answer.not_placed(words));
            open.corrected = Some(words.chars().take(WORDS_CHARS_MAX).collect());
        }
    }

    /// Takes the ear's report of how much of an utterance was heard.
    pub(super) fn heard(&mut self, item: ItemId, heard_ms: u64, end: PlayedEnd) {
        if end == PlayedEnd::Cleared {
            // Clearing empties the ear.
            self.voice.playout.ended(self.now);
        }
        if let Some(open) = self.voice.open.as_mut().filter(|open| open.item == item) {
            if open.heard.is_none() {
                open.heard = Some((heard_ms, end));
                if end == PlayedEnd::Cleared && open.cut_until.is_none() {
                    self.cut_by_call(heard_ms);
                }
            }
        } else if let Some(completed) =
            self.voice.completed.iter_mut().find(|completed| completed.item == item)
        {
            completed.heard.get_or_insert((heard_ms, end));
        }
        self.remember_heard();
        if end == PlayedEnd::Finished && self.voice.open.is_none() && self.voice.completed.is_empty() {
            self.voice.playout.ended(self.now);
        }
        self.caller_continues();
    }

    /// Handles an utterance that the call has cut, for example for a key. The agent does not know: it is informed, and the rest
    /// is dropped.
    fn cut_by_call(&mut self, heard_ms: u64) {
        self.links.clear_all();
        if let Some(answer) = &mut self.answer {
            answer.is_over = true;
            answer.is_muted = true;
        }
        let Some(open) = &self.voice.open else { return };
        let heard = open.heard_words(heard_ms);
        let text = match heard {
            "" => "The caller heard nothing of what you were saying last: it was cut off.".to_owned(),
            heard => format!("What you were saying last was cut off. The caller heard of it only: {heard}"),
        };
        self.notify_agent(&text);
        self.finish_open();
    }

    /// Returns when an utterance is complete, or has to be checked again.
    pub(super) fn voice_deadline(&self) -> Option<UnixMs> {
        let open = self.voice.open.as_ref()?;
        let pause_ms = match (open.is_whole, self.can.reports_ends) {
            (true, _) => 0,
            (false, true) => GAP_MS,
            (false, false) => PAUSE_MS,
        };
        Some(open.cut_until.unwrap_or(self.voice.playout.until + pause_ms))
    }

    /// Completes utterances that are over.
    pub(super) fn mind_voice(&mut self) {
        let Some(open) = &self.voice.open else { return };
        let may_be_corrected = self.can.corrects || open.has_no_words;
        let is_known = open.heard.is_some() && (open.corrected.is_some() || !may_be_corrected);
        if self.voice_deadline().is_some_and(|deadline| deadline <= self.now)
            || (open.cut_until.is_some() && is_known && !self.can.duplex)
        {
            let mut unspoken = None;
            if self.breaks_off() {
                unspoken = self.shorten_open();
                self.comfort.due_from(self.voice.playout.until);
            } else if !self.can.reports_ends {
                unspoken = self.leave_unsounded();
            }
            if let Some(answer) = self.answer.as_mut().filter(|answer| answer.has_begun) {
                answer.is_over = true;
                if let Some(words) = unspoken {
                    answer.take_back_words(&words);
                }
            }
            self.finish_open();
        }
    }

    /// Completes the open utterance, if there is one.
    pub(super) fn finish_open(&mut self) {
        let Some(open) = self.voice.open.take() else { return };
        if open.cut_until.is_none() {
            // The caller's words come before the answer to them.
            self.report_answered_pieces();
        }
        if open.line == Some(Line::MessageIntro) && open.cut_until.is_none() {
            self.acts.push(Act::Play(Prompt::Tone));
        }
        let cut = open.heard.filter(|(_, end)| *end == PlayedEnd::Cleared);
        if let Some((heard_ms, _)) = cut {
            self.report_heard(open.text.trim(), open.heard_words(heard_ms));
        }
        let heard = match (&open.corrected, open.heard) {
            (Some(corrected), Some((heard_ms, PlayedEnd::Cleared))) => Some((corrected.clone(), heard_ms)),
            (None, Some((heard_ms, PlayedEnd::Cleared))) => {
                Some((open.heard_words(heard_ms).to_owned(), heard_ms))
            }
            _ => None,
        };
        let (text, audio_ms) = match heard {
            Some((text, heard_ms)) => {
                self.acts.push(Act::CompleteCut { text: text.clone(), heard_ms });
                (text, open.audio_ms.min(heard_ms))
            }
            None => {
                let text = open.words().to_owned();
                self.acts.push(Act::Complete(text.clone()));
                (text, open.audio_ms)
            }
        };
        if self.voice.completed.len() == COMPLETED_MAX {
            self.voice.completed.pop_front();
        }
        if let Some(answer) = self.answer.as_mut().filter(|answer| answer.has_begun) {
            answer.places(&text);
        }
        self.voice.completed.push_back(ReportedSpeech { item: open.item, text, audio_ms, heard: open.heard });
        self.remember_heard();
    }

    /// Reports the heard part of its words to the agent, if there is a message for it.
    fn report_heard(&mut self, said: &str, heard: &str) {
        if self.links.live_id().is_some()
            && said != heard
            && let Some(message) = self.dialect.heard(said, heard)
        {
            self.send(message);
        }
    }

    /// Moves what is complete and heard into the memory, in order.
    fn remember_heard(&mut self) {
        while let Some((heard_ms, end)) = self.voice.completed.front().and_then(|completed| completed.heard) {
            let Some(completed) = self.voice.completed.pop_front() else { return };
            let text = heard_part(&completed.text, heard_ms, completed.audio_ms, end);
            self.report_heard(&completed.text, text);
            self.memory.said(Role::Assistant, text);
        }
    }

    /// Leaves the words out of the open utterance whose sound has not arrived, if its sound comes with its words. Returns them, if
    /// there are any: a pause separates them from the others.
    fn leave_unsounded(&mut self) -> Option<String> {
        let open = self.voice.open.as_mut().filter(|open| open.is_aligned && open.cut_until.is_none())?;
        let rest = rest_after(&open.text, &open.sounded).filter(|_| !open.sounded.trim().is_empty())?;
        if !rest.contains(char::is_alphanumeric) {
            return None;
        }
        let said = open.text.len() - rest.len();
        Some(open.text.split_off(said))
    }

    /// Shortens the words of the open utterance if its sound is too short for them, to those that may have been said. Returns the
    /// others, if there are any.
    pub(super) fn shorten_open(&mut self) -> Option<String> {
        let open = self.voice.open.as_mut()?;
        let whole_ms = whole_ms(&open.text);
        if whole_ms <= open.audio_ms {
            return None;
        }
        let said = heard_part(&open.text, open.audio_ms, whole_ms, PlayedEnd::Cleared).len();
        Some(open.text.split_off(said))
    }
}

/// Returns the words before this position, without a word that the position splits.
fn whole_words(text: &str, place: usize) -> &str {
    let (before, after) = text.split_at(place);
    let is_within = !before.ends_with(char::is_whitespace) && after.starts_with(|c: char| !c.is_whitespace());
    if is_within { before_last_word(before).trim() } else { before.trim() }
}

/// Returns the shortest duration of spoken words, in ms.
fn whole_ms(text: &str) -> u64 {
    text.chars().count() as u64 * 1_000 / LETTERS_PER_S
}

#[cfg(test)]
mod tests {
    use super::whole_words;

    #[test]
    fn a_split_word_is_left_out() {
        assert_eq!(whole_words("We open at nine", 9), "We open");
        assert_eq!(whole_words("We open at nine", 10), "We open at");
        assert_eq!(whole_words("Monday", 3), "");
        let without_spaces = "九時から開いています";
        assert_eq!(whole_words(without_spaces, "九時から".len()), "九時から");
    }
}
