//! The words of both sides, in order: lines that wait to be written, and the newest written ones.

use std::collections::VecDeque;
use std::sync::Arc;

use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::time::UnixMs;

use super::speech::Speech;
use super::utterance::{SAME_MOMENT_MS, Utterance};
use crate::machine::participants::Who;
use crate::machine::{Effects, note};

/// How long a complete line waits for those that were said before it, in ms. Speech recognition takes about a second.
const HELD_MS_MAX: u64 = 2_000;
/// How many lines may wait. So many can't be incomplete at once, so beyond this complete lines no longer wait.
const LINES_WAITING_MAX: usize = 128;
/// How many utterances can be under way at once. If a speaker starts more, the oldest is written as far as it is known.
const UTTERANCES_MAX: usize = 64;
/// How many speeches may still wait for their words. Beyond this, the oldest is written without words: such an assistant never reports
/// them.
const PENDING_WORDS_MAX: usize = 8;
/// How many lines an assistant receives when it joins the conversation.
const HISTORY_LINES_MAX: usize = 40;
/// How many characters each of these lines may have.
const HISTORY_LINE_CHARS_MAX: usize = 2_000;

/// The lines that are not written yet, and the newest written ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::machine) struct Transcript {
    /// Lines that are not written yet, in the order in which they were said.
    waiting: Vec<Waiting>,
    /// The newest written lines, oldest first. Shared between the machine's copies on which steps are decided.
    written: Arc<VecDeque<SpokenLine>>,
}

/// A line that is not written yet.
#[derive(Clone, Debug, PartialEq)]
struct Waiting {
    spoken: Spoken,
    /// Since when it has been complete.
    known_at: Option<UnixMs>,
    /// It has waited long enough.
    overdue: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Spoken {
    Utterance(Utterance),
    Speech(Speech),
}

impl Transcript {
    /// Returns the assistant's lines that are not written yet.
    pub(in crate::machine) fn utterances(&self) -> impl Iterator<Item = &Utterance> {
        self.waiting.iter().filter_map(|line| match &line.spoken {
            Spoken::Utterance(utterance) => Some(utterance),
            Spoken::Speech(_) => None,
        })
    }

    fn utterances_mut(&mut self) -> impl Iterator<Item = &mut Utterance> {
        self.waiting.iter_mut().filter_map(|line| match &mut line.spoken {
            Spoken::Utterance(utterance) => Some(utterance),
            Spoken::Speech(_) => None,
        })
    }

    fn speeches(&self) -> impl Iterator<Item = &Speech> {
        self.waiting.iter().filter_map(|line| match &line.spoken {
            Spoken::Speech(speech) => Some(speech),
            Spoken::Utterance(_) => None,
        })
    }

    fn speeches_mut(&mut self) -> impl Iterator<Item = &mut Speech> {
        self.waiting.iter_mut().filter_map(|line| match &mut line.spoken {
            Spoken::Speech(speech) => Some(speech),
            Spoken::Utterance(_) => None,
        })
    }

    /// Returns the assistant's line of this number, if it is not written yet.
    pub(in crate::machine) fn utterance(&self, item: ItemId) -> Option<&Utterance> {
        self.utterances().find(|utterance| utterance.item == item)
    }

    /// Gives the utterance its place, unless it has one, and notes the person it is whispered to, if it is not for the caller.
    pub(in crate::machine) fn knows(&mut self, item: ItemId, whispered_to: Option<Who>, now: UnixMs) {
        if self.utterance(item).is_some() {
            return;
        }
        if self.utterances().count() == UTTERANCES_MAX
            && let Some(oldest) = self.utterances_mut().find(|utterance| !utterance.is_known())
        {
            oldest.settle(0);
        }
        self.add(Spoken::Utterance(Utterance::begun(item, whispered_to, now)));
    }

    /// Notes which line the utterance says.
    pub(in crate::machine) fn is_of_line(&mut self, item: ItemId, line: Option<Line>) {
        if let Some(utterance) = self.utterance_mut(item) {
            utterance.line = line;
        }
    }

    /// Its text and length are reported. Returns whether the assistant chose the words itself.
    pub(super) fn is_complete(&mut self, item: ItemId, text: &str, audio_ms: u64, now: UnixMs) -> bool {
        let Some(utterance) = self.utterance_mut(item) else { return false };
        utterance.complete = Some((text.to_owned(), audio_ms));
        utterance.complete_at = Some(now);
        utterance.is_own_words()
    }

    /// The ear reports how much of it was heard, and how it ended. Utterances that waited for it in the ear begin now.
    pub(in crate::machine) fn is_played(&mut self, item: ItemId, heard_ms: u64, end: PlayedEnd, now: UnixMs) {
        for utterance in self.utterances_mut().filter(|utterance| utterance.played.is_none()) {
            if utterance.item == item {
                utterance.played = Some((heard_ms, end));
            } else if utterance.item > item {
                utterance.begun_at = utterance.begun_at.max(now);
            }
        }
    }

    /// The caller cuts the current speech short.
    pub(super) fn is_barged_into(&mut self) {
        let under_way = self.utterances_mut().filter(|utterance| utterance.played.is_none());
        under_way.for_each(|utterance| utterance.barged_in = true);
    }

    /// Ear and assistant are gone. Utterances without a report count as heard as far as they are in the recording, which has `recorded_ms`.
    /// `position` maps a time to its place in the recording.
    pub(in crate::machine) fn settle(
        &mut self,
        recorded_ms: Option<u64>,
        position: impl Fn(UnixMs) -> Option<u64>,
    ) {
        // Utterances play one after another.
        let mut ear_free_at = 0;
        for utterance in self.utterances_mut() {
            let begun = position(utterance.begun_at);
            let from = begun.map_or(ear_free_at, |begun| begun.max(ear_free_at));
            let until = begun.and(recorded_ms).unwrap_or(0);
            utterance.settle(until.saturating_sub(from));
            let heard_ms = utterance.played.map_or(0, |(heard_ms, _)| heard_ms);
            ear_free_at = from + heard_ms;
        }
    }

    /// The assistant is gone whose utterances are not reported yet. An ear reports by this time or never how much of them was heard.
    pub(in crate::machine) fn lost_their_speaker(&mut self, heard_by: UnixMs) {
        self.utterances_mut().for_each(|utterance| utterance.lost_its_speaker(heard_by));
    }

    /// The assistant whose utterances are not reported yet was ordered to stop. The ear reports by this time or never, too.
    pub(in crate::machine) fn their_speaker_stops(&mut self, heard_by: UnixMs) {
        self.utterances_mut().for_each(|utterance| utterance.is_stopped(heard_by));
    }

    /// The assistant that said this was released before it reported it. The ear reports by this time or never, too.
    pub(in crate::machine) fn arrives_after_speaker(&mut self, item: ItemId, heard_by: UnixMs) {
        if let Some(utterance) = self.utterance_mut(item) {
            utterance.is_stopped(heard_by);
        }
    }

    /// Another assistant begins, so nobody will report the whispered words of the one before it. Returns whether there were any.
    pub(in crate::machine) fn settle_whispers(&mut self) -> bool {
        let mut has_any = false;
        let is_unreported =
            |utterance: &&mut Utterance| utterance.whispered_to.is_some() && utterance.played.is_none();
        for utterance in self.utterances_mut().filter(is_unreported) {
            utterance.settle(0);
            has_any = true;
        }
        has_any
    }

    /// Returns the utterances of assistants that are gone for which an ear has still to report how much was heard.
    pub(in crate::machine) fn in_an_ear(&self) -> impl Iterator<Item = &Utterance> {
        self.utterances().filter(|utterance| utterance.awaited_until().is_some())
    }

    /// Utterances that should have been reported by now count as not heard. Returns them.
    pub(in crate::machine) fn give_ears_up(&mut self, now: UnixMs) -> Vec<ItemId> {
        let is_late =
            |utterance: &&mut Utterance| utterance.awaited_until().is_some_and(|until| until <= now);
        let late = self.utterances_mut().filter(is_late);
        late.map(|utterance| {
            utterance.settle(0);
            utterance.item
        })
        .collect()
    }

    /// Whether the provider that was just lost was producing words that the caller has not heard to the end. It reports utterances that end
    /// because of its loss at the same moment.
    pub(super) fn is_cut_short(&self, now: UnixMs) -> bool {
        self.utterances().any(|utterance| {
            let is_made = utterance.complete_at.is_some_and(|at| now.ms_since(at) > SAME_MOMENT_MS);
            utterance.played.is_none() && utterance.is_own_words() && !is_made
        })
    }

    /// Whether words that the assistant chose itself will soon be heard.
    pub(super) fn has_own_words_to_play(&self) -> bool {
        self.utterances().any(|utterance| utterance.played.is_none() && utterance.is_own_words())
    }

    fn utterance_mut(&mut self, item: ItemId) -> Option<&mut Utterance> {
        self.utterances_mut().find(|utterance| utterance.item == item)
    }

    /// Returns the newest written lines, oldest first, followed by the words that an ear is still playing.
    pub(in crate::machine) fn history(&self) -> Vec<SpokenLine> {
        let playing = self.in_an_ear().filter(|utterance| utterance.whispered_to.is_none());
        let words = playing.filter_map(|utterance| Some(&utterance.complete.as_ref()?.0));
        let playing: Vec<SpokenLine> =
            words.filter_map(|words| spoken_line(Role::Assistant, words)).collect();
        let newest = self.written.len().saturating_sub(HISTORY_LINES_MAX.saturating_sub(playing.len()));
        self.written.iter().skip(newest).cloned().chain(playing).collect()
    }

    /// The caller has said something. Its words may still be reported.
    pub(in crate::machine) fn expect_words(&mut self, speech_ms: u64) {
        if self.speeches_mut().filter(|speech| !speech.is_known()).count() == PENDING_WORDS_MAX {
            self.set_words(None);
        }
        self.add(Spoken::Speech(Speech::new(speech_ms)));
    }

    /// Sets the words of the oldest speech without any; `None` if they won't be reported. Words without a speech become a line of their
    /// own.
    pub(in crate::machine) fn set_words(&mut self, words: Option<&str>) {
        if let Some(speech) = self.speeches_mut().find(|speech| !speech.is_known()) {
            return speech.set_words(words);
        }
        if let Some(words) = words {
            let mut speech = Speech::new(0);
            speech.set_words(Some(words));
            self.add(Spoken::Speech(speech));
        }
    }

    /// Whether the words of a speech are still to be reported.
    pub(in crate::machine) fn waits_for_words(&self) -> bool {
        self.speeches().any(|speech| !speech.is_known())
    }

    /// The caller has typed these words, so they belong to no speech.
    pub(in crate::machine) fn written_by_caller(&mut self, words: &str) {
        let mut written = Speech::new(0);
        written.set_words(Some(words));
        self.add(Spoken::Speech(written));
    }

    /// Words that are still missing won't be reported any more.
    pub(in crate::machine) fn give_words_up(&mut self) {
        self.speeches_mut().filter(|speech| !speech.is_known()).for_each(|speech| speech.set_words(None));
    }

    /// The assistant that heard the caller is leaving. Missing words are reported by this time or never.
    pub(in crate::machine) fn expect_words_by(&mut self, expected_until: UnixMs) {
        self.speeches_mut().for_each(|speech| speech.expect_by(expected_until));
    }

    fn add(&mut self, spoken: Spoken) {
        self.waiting.push(Waiting { spoken, known_at: None, overdue: false });
    }

    /// Whether everything that was said is written.
    pub(in crate::machine) fn is_written(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns until when complete lines wait for those before them, an assistant that is leaving may report the caller's words, or an ear
    /// may report the words of an assistant that is gone.
    pub(in crate::machine) fn held_until(&self) -> Option<UnixMs> {
        let known =
            self.waiting.iter().filter_map(|line| line.known_at).map(|known_at| known_at + HELD_MS_MAX);
        let in_ears = self.utterances().filter_map(Utterance::awaited_until);
        known.chain(self.speeches().filter_map(Speech::expected_until)).chain(in_ears).min()
    }

    /// Stops holding lines that have waited long enough for those before them, or for their words.
    pub(in crate::machine) fn hold_no_longer(&mut self, now: UnixMs) {
        let is_over = |speech: &&mut Speech| {
            speech.expected_until().is_some_and(|expected_until| expected_until <= now)
        };
        self.speeches_mut().filter(is_over).for_each(|speech| speech.set_words(None));
        let waited = |line: &Waiting| line.known_at.is_some_and(|known_at| known_at + HELD_MS_MAX <= now);
        let until = self.waiting.iter().rposition(waited).unwrap_or(0);
        self.waiting[..until].iter_mut().for_each(|line| line.overdue = true);
    }

    /// Writes every line whose turn has come.
    pub(in crate::machine) fn write(&mut self, now: UnixMs, fx: &mut Effects) {
        let crowded = self.waiting.len() > LINES_WAITING_MAX;
        for line in &mut self.waiting {
            if line.spoken.is_known() {
                line.known_at.get_or_insert(now);
            }
            line.overdue |= crowded;
        }
        let mut at = 0;
        while let Some(line) = self.waiting.get(at) {
            if line.known_at.is_some() {
                let Waiting { spoken, .. } = self.waiting.remove(at);
                self.put_down(spoken, fx);
            } else if line.overdue {
                at += 1;
            } else {
                return;
            }
        }
    }

    fn put_down(&mut self, spoken: Spoken, fx: &mut Effects) {
        match spoken {
            Spoken::Utterance(utterance) => {
                let Some((text, heard_ms, end)) = utterance.heard() else { return };
                let (item, text) = (utterance.item, text.to_owned());
                if let Some(listener) = utterance.whispered_to {
                    let user_id = listener.agent();
                    return fx.push(note(Decision::Whispered { user_id, item, text, heard_ms }));
                }
                self.remember(Role::Assistant, &text);
                fx.push(note(Decision::AssistantSaid { item, text, heard_ms, end }));
            }
            Spoken::Speech(speech) => {
                let Some(text) = speech.words().filter(|words| !words.is_empty()) else { return };
                self.remember(Role::Caller, text);
                fx.push(note(Decision::CallerSaid { text: text.to_owned() }));
            }
        }
    }

    fn remember(&mut self, role: Role, text: &str) {
        let Some(line) = spoken_line(role, text) else { return };
        let written = Arc::make_mut(&mut self.written);
        if written.len() == HISTORY_LINES_MAX {
            written.pop_front();
        }
        written.push_back(line);
    }
}

fn spoken_line(role: Role, text: &str) -> Option<SpokenLine> {
    let is_said = !text.is_empty();
    is_said.then(|| SpokenLine { role, text: text.chars().take(HISTORY_LINE_CHARS_MAX).collect() })
}

impl Spoken {
    fn is_known(&self) -> bool {
        match self {
            Self::Utterance(utterance) => utterance.is_known(),
            Self::Speech(speech) => speech.is_known(),
        }
    }
}

/// Returns the words of `text` that fit into the first `heard_ms` of its `audio_ms`, in proportion to the characters.
pub fn heard_part(text: &str, heard_ms: u64, audio_ms: u64, end: PlayedEnd) -> &str {
    if end == PlayedEnd::Finished {
        return text;
    }
    if audio_ms == 0 || heard_ms >= audio_ms {
        return if audio_ms == 0 { "" } else { text };
    }
    let characters = text.chars().count() as u128;
    let share = characters * u128::from(heard_ms) / u128::from(audio_ms);
    let heard = usize::try_from(share).unwrap_or(0);
    let end = text.char_indices().nth(heard).map_or(text.len(), |(at, _)| at);
    if text[end..].starts_with(char::is_whitespace) {
        return text[..end].trim_end();
    }
    before_last_word(&text[..end])
}

/// Returns a cut text without the word in which it was cut: up to its last space, or unchanged in a script without spaces between words.
pub fn before_last_word(text: &str) -> &str {
    let last = text.char_indices().rfind(|(_, c)| c.is_whitespace() || needs_no_spaces(*c));
    text[..last.map_or(0, |(at, c)| at + c.len_utf8())].trim_end()
}

/// Whether the character belongs to a script without spaces between words: Thai and its neighbours, Khmer, Japanese, Chinese.
const fn needs_no_spaces(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3000}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ffef}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_ends_at_a_whole_word() {
        let heard_part = |text, heard_ms, audio_ms| heard_part(text, heard_ms, audio_ms, PlayedEnd::Cleared);
        let text = "Welcome to Cordboard, how are you?";
        assert_eq!(heard_part(text, 0, 3400), "");
        assert_eq!(heard_part(text, 700, 3400), "Welcome");
        assert_eq!(heard_part(text, 1200, 3400), "Welcome to");
        assert_eq!(heard_part(text, 3399, 3400), "Welcome to Cordboard, how are");
        assert_eq!(heard_part(text, 3400, 3400), text);
        assert_eq!(heard_part("grüß dich", 500, 1000), "grüß");
        assert_eq!(heard_part(text, 500, 0), "");
    }

    #[test]
    fn text_without_spaces_is_cut_at_a_character() {
        let heard_part = |text, heard_ms, audio_ms| heard_part(text, heard_ms, audio_ms, PlayedEnd::Cleared);
        let text = "九時から開いています。";
        assert_eq!(heard_part(text, 0, 1100), "");
        assert_eq!(heard_part(text, 400, 1100), "九時から");
        assert_eq!(heard_part(text, 1099, 1100), "九時から開いています");
        assert_eq!(
            heard_part("営業は Monday から", 700, 1400),
            "営業は",
            "a word in another script is kept whole"
        );
        assert_eq!(heard_part("เปิดเก้าโมง", 400, 1100), "เปิด");
        assert_eq!(heard_part("아홉 시에 엽니다", 700, 900), "아홉 시에", "Korean has spaces");
    }
}
