//! What the assistant says: barge-in, and its lines of the transcript, as far as they were heard and no further.
//!
//! Its audio runs ahead of what it tells about it: an utterance can wait in the caller's ear, and be cleared there, before
//! the machine was told that it began. So clearing never depends on what the machine knows of, and the ear's word on an
//! unknown utterance is kept for it.

use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine, Phase, note};
use crate::messages::AssistantOrder;

/// The most utterances that can be under way at once. Of a speaker that starts more, the oldest is put down as far as it
/// is known.
const UTTERANCES_MAX: usize = 64;

/// One utterance of the assistant, until it is both complete and played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Utterance {
    pub(super) item: ItemId,
    pub(super) line: Option<Line>,
    begun_at: UnixMs,
    /// Its text and length, once its speaker has told them.
    complete: Option<(String, u64)>,
    /// How much was heard and how it ended, once the ear has told it.
    played: Option<(u64, PlayedEnd)>,
    /// Cut by the caller, not by us.
    barged_in: bool,
}

impl Utterance {
    /// What was not told of it will not be told any more; it played for no longer than `heard_ms`.
    fn settle(&mut self, heard_ms: u64) {
        let (_, audio_ms) = self.complete.get_or_insert((String::new(), 0));
        let end =
            if heard_ms >= *audio_ms && *audio_ms > 0 { PlayedEnd::Finished } else { PlayedEnd::Cleared };
        self.played.get_or_insert((heard_ms.min(*audio_ms), end));
    }
}

impl Machine {
    /// Whether the caller is being played something, or is about to be.
    pub(super) fn assistant_speaking(&self) -> bool {
        self.utterances.iter().any(|utterance| utterance.played.is_none())
    }

    pub(super) fn item_started(&mut self, item: ItemId, line: Option<Line>, now: UnixMs, fx: &mut Effects) {
        if item <= self.newest_item {
            return;
        }
        self.newest_item = item;
        self.utterance(item, fx).line = line;
        self.silence.deadline = None;
        self.last_words_started(line, now);
        self.after_line(item, now, fx);
    }

    pub(super) fn item_complete(&mut self, item: ItemId, text: &str, audio_ms: u64, fx: &mut Effects) {
        if let Some(utterance) = self.utterances.iter_mut().find(|utterance| utterance.item == item) {
            utterance.complete = Some((text.to_owned(), audio_ms));
        }
        self.write_transcript(fx);
    }

    pub(super) fn played_until(
        &mut self,
        item: ItemId,
        heard_ms: u64,
        end: PlayedEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_known = self.utterances.iter().any(|utterance| utterance.item == item);
        if !is_known && item <= self.newest_item {
            return;
        }
        let utterance = self.utterance(item, fx);
        if utterance.played.is_some() {
            return;
        }
        utterance.played = Some((heard_ms, end));
        if end == PlayedEnd::Cleared && utterance.barged_in && heard_ms > 0 {
            fx.push(note(Decision::BargeIn { item, heard_ms }));
        }
        self.order(AssistantOrder::Heard { item, heard_ms, end }, fx);
        if is_known {
            self.after_line(item, now, fx);
        }
    }

    /// The utterance, which begins now where it is not known yet.
    fn utterance(&mut self, item: ItemId, fx: &mut Effects) -> &mut Utterance {
        let known = self.utterances.iter().position(|utterance| utterance.item == item);
        let at = known.unwrap_or_else(|| {
            if self.utterances.len() == UTTERANCES_MAX {
                self.utterances[0].settle(0);
                self.write_transcript(fx);
            }
            self.utterances.push(Utterance {
                item,
                line: None,
                begun_at: self.last_fact_at,
                complete: None,
                played: None,
                barged_in: false,
            });
            self.utterances.len() - 1
        });
        &mut self.utterances[at]
    }

    /// Goes on where the end of this utterance was waited for, if it has ended.
    fn after_line(&mut self, item: ItemId, now: UnixMs, fx: &mut Effects) {
        let ended = |utterance: &&Utterance| utterance.item == item && utterance.played.is_some();
        let Some(line) = self.utterances.iter().find(ended).map(|utterance| utterance.line) else { return };
        self.write_transcript(fx);
        match &self.phase {
            Phase::TakingMessage(_) if line == Some(Line::MessageIntro) => self.message_intro_heard(now),
            Phase::Leaving(leaving) if line == Some(leaving.line) => self.last_words_heard(fx),
            _ => {}
        }
        self.watch_silence(now);
    }

    /// The caller speaks or presses a key: what is being said to them stops.
    pub(super) fn barge_in(&mut self, fx: &mut Effects) {
        for utterance in self.utterances.iter_mut().filter(|utterance| utterance.played.is_none()) {
            utterance.barged_in = true;
        }
        self.hush(fx);
    }

    /// Empties the cord to the caller.
    pub(super) fn hush(&mut self, fx: &mut Effects) {
        if let (Some(caller), Some(assistant)) = (self.caller, self.assistant) {
            fx.push(Effect::Clear(CordId { from: assistant.leg, to: caller }));
        }
    }

    /// Writes what can be known no better: ear and assistant are gone. What was not reported was heard as far as it is in
    /// the recording, of which there are `recorded_ms`; without one it was not heard.
    pub(super) fn settle_utterances(&mut self, recorded_ms: Option<u64>, fx: &mut Effects) {
        let begun = self.utterances.iter().map(|utterance| self.recording_position(utterance.begun_at));
        let begun: Vec<Option<u64>> = begun.collect();
        // Utterances play one after the other.
        let mut ear_free_at = 0;
        for (utterance, begun) in self.utterances.iter_mut().zip(begun) {
            let from = begun.map_or(ear_free_at, |begun| begun.max(ear_free_at));
            let until = begun.and(recorded_ms).unwrap_or(0);
            utterance.settle(until.saturating_sub(from));
            let heard_ms = utterance.played.map_or(0, |(heard_ms, _)| heard_ms);
            ear_free_at = from + heard_ms;
        }
        self.write_transcript(fx);
    }

    /// Moves utterances that are complete and played into the transcript, in the order in which they were begun.
    fn write_transcript(&mut self, fx: &mut Effects) {
        while let Some(Utterance {
            item,
            complete: Some((text, audio_ms)),
            played: Some((heard_ms, end)),
            ..
        }) = self.utterances.first()
        {
            let heard = match end {
                PlayedEnd::Finished => text.as_str(),
                PlayedEnd::Cleared => heard_part(text, *heard_ms, *audio_ms),
            };
            fx.push(note(Decision::AssistantSaid {
                item: *item,
                text: heard.to_owned(),
                heard_ms: *heard_ms,
                end: *end,
            }));
            self.utterances.remove(0);
        }
    }
}

/// The words of `text` that fit into the first `heard_ms` of its `audio_ms`, by share of the characters.
pub(crate) fn heard_part(text: &str, heard_ms: u64, audio_ms: u64) -> &str {
    if audio_ms == 0 || heard_ms >= audio_ms {
        return if audio_ms == 0 { "" } else { text };
    }
    let characters = text.chars().count() as u64;
    let heard = usize::try_from(characters * heard_ms / audio_ms).unwrap_or(0);
    let end = text.char_indices().nth(heard).map_or(text.len(), |(at, _)| at);
    if text[end..].starts_with(char::is_whitespace) {
        return text[..end].trim_end();
    }
    let word_end = text[..end].rfind(char::is_whitespace).unwrap_or(0);
    text[..word_end].trim_end()
}

#[cfg(test)]
mod tests {
    use super::heard_part;

    #[test]
    fn a_cut_text_ends_at_a_whole_word() {
        let text = "Welcome to Cordboard, how are you?";
        assert_eq!(heard_part(text, 0, 3400), "");
        assert_eq!(heard_part(text, 700, 3400), "Welcome");
        assert_eq!(heard_part(text, 1200, 3400), "Welcome to");
        assert_eq!(heard_part(text, 3399, 3400), "Welcome to Cordboard, how are");
        assert_eq!(heard_part(text, 3400, 3400), text);
        assert_eq!(heard_part("grüß dich", 500, 1000), "grüß");
        assert_eq!(heard_part(text, 500, 0), "");
    }
}
