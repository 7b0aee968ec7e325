//! The assistant's speech: each message of an answer is one utterance, reported in order, and cut where the caller interrupted
//! it.
//!
//! Audio arrives faster than it is played. The headset mutes the part after an interruption; here that part is removed from the
//! server's conversation, because the server would believe that it was heard.

use std::collections::VecDeque;

use cordboard_schema::audio::Frame;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::limits::{LANE_MS_MAX, PROVIDER_ITEMS_MAX};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::{AudioFormat, BadAudio, ClientEvent, decode_audio};

use super::act::Act;
use super::{Session, Want};
use crate::assistant::remote::playout::Playout;
use crate::assistant::sounds::Prompt;
use cordboard_call::machine::heard_part;

/// Utterances that may be queued for playout.
const COMPLETED_MAX: usize = 64;
/// Chunks of audio of a message that waits for another one.
const HELD_PIECES_MAX: usize = 3_000;
/// Messages that may wait for another one.
const HELD_MAX: usize = 8;
/// Bytes of one message's words: far more than anyone says at once.
const WORDS_BYTES_MAX: usize = 64 * 1024;

/// The assistant's utterances, from their first sample to the ear's report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Voice {
    /// Sound that was sent to the caller's line.
    pub(super) playout: Playout,
    /// The utterance that audio arrives for.
    open: Option<Spoken>,
    /// Complete utterances that the ear has not reported.
    completed: VecDeque<Spoken>,
    /// Messages of a second answer that is made at the same time, until it is their turn.
    held: Vec<Held>,
    /// Words that arrived before the audio of their item.
    early_words: (String, String),
    bad_audio: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Spoken {
    item: ItemId,
    item_id: String,
    response_id: String,
    text: String,
    samples: u64,
    format: AudioFormat,
    heard: Option<(u64, PlayedEnd)>,
}

/// A message that waits until another one is complete.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    item_id: String,
    response_id: String,
    line: Option<Line>,
    text: String,
    frames: Vec<Frame>,
    /// Total length of the chunks: one may be as long as a message.
    audio_ms: u64,
    /// All of it has arrived.
    is_whole: bool,
    tone: Option<Prompt>,
}

fn audio_ms(frame: &Frame) -> u64 {
    frame.rate().ms_of_samples(frame.sample_count() as u64)
}

impl Spoken {
    fn audio_ms(&self) -> u64 {
        self.format.rate().ms_of_samples(self.samples)
    }
}

impl Voice {
    pub(super) fn new(first_item: ItemId, now: UnixMs) -> Self {
        Self {
            playout: Playout::new(first_item, now),
            open: None,
            held: Vec::new(),
            completed: VecDeque::new(),
            early_words: Default::default(),
            bad_audio: 0,
        }
    }

    /// Returns whether an utterance is incomplete.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns whether an utterance has not been heard to its end yet.
    pub(super) fn is_waiting_to_be_heard(&self) -> bool {
        self.open.is_some() || !self.completed.is_empty()
    }

    /// Returns whether sound of this answer waits for another one's.
    pub(super) fn holds(&self, response_id: &str) -> bool {
        self.held.iter().any(|held| held.response_id == response_id)
    }

    /// Returns the words that the caller is going to hear, oldest first.
    pub(super) fn unheard(&self) -> impl Iterator<Item = &str> {
        self.completed
            .iter()
            .filter(|completed| completed.heard.is_none())
            .map(|completed| completed.text.as_str())
    }

    fn early_words_of(&mut self, item_id: &str) -> &mut String {
        if self.early_words.0 != item_id {
            self.early_words = (item_id.to_owned(), String::new());
        }
        &mut self.early_words.1
    }

    fn take_early_words(&mut self, item_id: &str) -> String {
        let (of, words) = std::mem::take(&mut self.early_words);
        if of == item_id { words } else { String::new() }
    }

    fn find(&mut self, item: ItemId) -> Option<&mut Spoken> {
        self.open.iter_mut().chain(&mut self.completed).find(|spoken| spoken.item == item)
    }
}

impl Session {
    pub(super) fn audio(&mut self, response_id: &str, item_id: &str, base64: &str) {
        let Some(at) = self.running.iter().position(|running| running.id == response_id) else { return };
        if self.running[at].is_unwanted {
            return;
        }
        let frame = match decode_audio(base64, self.links.output_format()) {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(error) => return self.bad_audio(&error),
        };
        if self.voice.open.as_ref().is_some_and(|open| open.item_id == item_id) {
            return self.speak(frame);
        }
        if let Some(held) = self.voice.held.iter_mut().find(|held| held.item_id == item_id) {
            if held.frames.len() < HELD_PIECES_MAX && held.audio_ms < LANE_MS_MAX {
                held.audio_ms += audio_ms(&frame);
                held.frames.push(frame);
            }
            return;
        }
        let running = &self.running[at];
        // An answer with a huge number of very short messages would be counted without limit.
        let is_full = running.begun.len() >= PROVIDER_ITEMS_MAX;
        if is_full || running.is_cut || running.begun.iter().any(|begun| begun == item_id) {
            return;
        }
        let line = match &running.want {
            Some(Want::Line(line)) if running.begun.is_empty() => Some(*line),
            _ => None,
        };
        if self.is_another_answer_open(response_id) {
            if self.voice.held.len() == HELD_MAX {
                return;
            }
            let (item_id, response_id) = (item_id.to_owned(), response_id.to_owned());
            let text = self.voice.take_early_words(&item_id);
            let held = Held {
                item_id,
                response_id,
                line,
                text,
                audio_ms: audio_ms(&frame),
                frames: vec![frame],
                is_whole: false,
                tone: None,
            };
            return self.voice.held.push(held);
        }
        self.begin_utterance(item_id, response_id, line);
        self.speak(frame);
    }

    fn bad_audio(&mut self, error: &BadAudio) {
        self.voice.bad_audio += 1;
        if self.voice.bad_audio == 1 {
            self.acts.push(Act::Warn(format!("a piece of the provider's audio is dropped: {error}")));
        }
    }

    /// Returns whether an utterance of another running answer is incomplete.
    fn is_another_answer_open(&self, response_id: &str) -> bool {
        let Some(open) = self.voice.open.as_ref().filter(|open| open.response_id != response_id) else {
            return false;
        };
        self.running.iter().any(|running| running.id == open.response_id && !running.is_cut)
    }

    fn speak(&mut self, frame: Frame) {
        let Some(open) = &mut self.voice.open else { return };
        open.samples += frame.sample_count() as u64;
        let is_heard = open.heard.is_none();
        let ms = audio_ms(&frame);
        self.acts.push(Act::Speak(frame));
        if is_heard {
            self.voice.playout.plays(ms, self.now);
        }
    }

    fn begin_utterance(&mut self, item_id: &str, response_id: &str, line: Option<Line>) {
        self.finish_open(None);
        self.cease_comfort();
        self.answers_again();
        let item = self.voice.playout.number();
        let text = self.voice.take_early_words(item_id);
        if let Some(running) = self.running.iter_mut().find(|running| running.id == response_id) {
            running.begun.push(item_id.to_owned());
        }
        self.voice.open = Some(Spoken {
            item,
            item_id: item_id.to_owned(),
            response_id: response_id.to_owned(),
            text,
            samples: 0,
            format: self.links.output_format(),
            heard: None,
        });
        self.acts.push(Act::Begin { item, line });
    }

    /// Adds words of an item; with `whole` they are all of it.
    pub(super) fn words(&mut self, item_id: &str, text: &str, whole: bool) {
        let known = match &mut self.voice.open {
            Some(open) if open.item_id == item_id => &mut open.text,
            _ => match self.voice.held.iter_mut().find(|held| held.item_id == item_id) {
                Some(held) => &mut held.text,
                None => self.voice.early_words_of(item_id),
            },
        };
        if whole {
            known.clear();
        }
        if known.len() + text.len() <= WORDS_BYTES_MAX {
            known.push_str(text);
        }
    }

    /// Handles a complete message.
    pub(super) fn message_done(&mut self, response_id: &str, item_id: &str, text: &str) {
        let is_open = self.voice.open.as_ref().is_some_and(|open| open.item_id == item_id);
        let is_held = self.voice.held.iter().any(|held| held.item_id == item_id);
        if (is_open || is_held) && !text.is_empty() {
            self.words(item_id, text, true);
        }
        let running = self.running.iter().find(|running| running.id == response_id);
        let tone_follows =
            running.is_some_and(|running| running.want == Some(Want::Line(Line::MessageIntro)));
        if is_open && !tone_follows {
            self.close_utterance(None);
        } else if let Some(held) = self.voice.held.iter_mut().find(|held| held.item_id == item_id) {
            held.is_whole = !tone_follows;
        }
    }

    /// Ends an answer: completes its open utterance, with the tone if the caller is to leave a message after it.
    pub(super) fn close_answer(&mut self, response_id: &str, want: Option<&Want>) {
        let tone = (want == Some(&Want::Line(Line::MessageIntro))).then_some(Prompt::Tone);
        for held in self.voice.held.iter_mut().filter(|held| held.response_id == response_id) {
            held.is_whole = true;
            held.tone = tone;
        }
        if self.voice.open.as_ref().is_some_and(|open| open.response_id == response_id) {
            self.close_utterance(tone);
        }
    }

    /// Completes the open utterance, if there is one; then says the messages that waited for it.
    fn close_utterance(&mut self, tone: Option<Prompt>) {
        self.finish_open(tone);
        while self.voice.open.is_none() && !self.voice.held.is_empty() {
            let Held { item_id, response_id, line, text, frames, is_whole, tone, .. } =
                self.voice.held.remove(0);
            self.voice.early_words = (item_id.clone(), text);
            self.begin_utterance(&item_id, &response_id, line);
            for frame in frames {
                self.speak(frame);
            }
            if is_whole {
                self.finish_open(tone);
            }
        }
    }

    fn finish_open(&mut self, tone: Option<Prompt>) {
        let Some(open) = self.voice.open.take() else { return };
        if let Some(prompt) = tone {
            self.acts.push(Act::Play(prompt));
        }
        self.acts.push(Act::Complete(open.text.clone()));
        if self.voice.completed.len() == COMPLETED_MAX {
            self.voice.completed.pop_front();
        }
        self.voice.completed.push_back(open);
        self.remember_heard();
    }

    /// Drops held sound of answers that are not wanted any more.
    pub(super) fn drop_held(&mut self) {
        let Self { voice, running, .. } = self;
        let is_cut = |held: &Held| {
            let answer = running.iter().find(|running| running.id == held.response_id);
            answer.is_none_or(|answer| answer.is_cut)
        };
        let (dropped, kept) = std::mem::take(&mut voice.held).into_iter().partition(is_cut);
        voice.held = kept;
        let dropped: Vec<Held> = dropped;
        for held in dropped {
            // The end of an answer that is still running shows its remaining unspoken parts.
            if !self.running.iter().any(|running| running.id == held.response_id) {
                self.take_back(&held.item_id, 0);
            }
        }
    }

    /// Takes the ear's report of how much of an utterance was heard.
    pub(super) fn heard(&mut self, item: ItemId, heard_ms: u64, end: PlayedEnd) {
        if end == PlayedEnd::Cleared {
            // Clearing empties the ear.
            self.voice.playout.ended(self.now);
        }
        let Some(spoken) = self.voice.find(item) else { return };
        if spoken.heard.is_some() {
            return;
        }
        spoken.heard = Some((heard_ms, end));
        let audio_ms = spoken.audio_ms();
        let (item_id, response_id) = (spoken.item_id.clone(), spoken.response_id.clone());
        if end == PlayedEnd::Cleared {
            self.take_back(&item_id, heard_ms.min(audio_ms));
            self.cut_answer(&response_id);
        }
        self.remember_heard();
        let all_heard = !self.voice.is_waiting_to_be_heard();
        if all_heard && end == PlayedEnd::Finished {
            self.voice.playout.ended(self.now);
        }
    }

    /// Removes from the server's conversation what was not heard of a message; its reply is never awaited.
    pub(super) fn take_back(&mut self, item_id: &str, heard_ms: u64) {
        if item_id.is_empty() || !self.links.can_take_back() {
            return;
        }
        let item_id = item_id.to_owned();
        self.send(match heard_ms {
            0 => ClientEvent::ItemDelete { item_id },
            audio_end_ms => ClientEvent::ItemTruncate { item_id, content_index: 0, audio_end_ms },
        });
    }

    /// Ends the open utterance where the lost session left it. The server knows none of the utterances any more.
    pub(super) fn voice_lost(&mut self) {
        self.end_voice();
        for completed in &mut self.voice.completed {
            completed.response_id.clear();
            completed.item_id.clear();
        }
    }

    /// Ends speech: the open utterance ends where it is.
    pub(super) fn end_voice(&mut self) {
        self.voice.held.clear();
        self.finish_open(None);
        self.voice.early_words = Default::default();
    }

    /// Moves what is complete and heard into the memory, in order.
    fn remember_heard(&mut self) {
        while let Some(Spoken { heard: Some((heard_ms, end)), .. }) = self.voice.completed.front() {
            let (heard_ms, end) = (*heard_ms, *end);
            let Some(completed) = self.voice.completed.pop_front() else { return };
            let text = heard_part(&completed.text, heard_ms, completed.audio_ms(), end);
            self.memory.said(Role::Assistant, text);
        }
    }
}
