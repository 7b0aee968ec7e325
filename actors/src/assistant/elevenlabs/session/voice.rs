//! What the agent says: one answer is one utterance, and two where a pause parts them.
//!
//! No event says that an answer is over. Its sound comes faster than it is heard; when all of it was heard and nothing has come
//! for a moment, it is. What was heard of one that was cut the ear says, in ms; the words of that part the agent tells itself
//! (`agent_response_correction`), or the letters that came with the sound do.

use std::collections::VecDeque;

use cordboard_schema::audio::wire::decode_base64;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::fold::Role;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::elevenlabs::ClientMessage;

use super::asks::{Ask, Asked};
use super::{Act, Session};
use crate::assistant::remote::playout::Playout;
use crate::assistant::sounds::Prompt;
use crate::messages::Attention;
use cordboard_call::machine::heard_part;

/// Utterances that may wait in the caller's ear.
const TOLD_MAX: usize = 64;
/// Bytes of one answer's words: far more than anybody says in one breath.
const WORDS_BYTES_MAX: usize = 64 * 1024;
/// Silence behind the sound of an answer after which it is over.
const PAUSE_MS: u64 = 250;
/// How long the words of what was heard are waited for once an answer was cut.
const CORRECTION_MS_MAX: u64 = 600;
/// Letters that are said in a second, by one who speaks fast.
const LETTERS_PER_S: u64 = 17;
/// Pieces of sound whose place in an utterance is known.
const PIECES_MAX: usize = 4_096;
/// Sound of one utterance, in ms; one that never ends is cut into several.
const UTTERANCE_MS_MAX: u64 = 120_000;

/// The answer that the agent gives now, or is about to give.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// What it was asked for; none for one that it makes by itself.
    ask: Option<Ask>,
    /// Its words, once they are known.
    text: Option<String>,
    /// Nothing of it is to be heard.
    pub(super) is_muted: bool,
    /// Some of its sound has come.
    has_begun: bool,
    /// All of its sound was heard.
    is_over: bool,
    /// When the sound of it that has come ends for who hears it as it comes, left out or not.
    sounds_until: UnixMs,
}

/// Words as far as they are kept.
pub(super) fn bounded(text: String) -> String {
    if text.len() <= WORDS_BYTES_MAX {
        return text;
    }
    text.char_indices().take_while(|(at, _)| *at < WORDS_BYTES_MAX).map(|(_, c)| c).collect()
}

impl Answer {
    /// Whether its sound has yet to come.
    pub(super) fn is_about_to_speak(&self) -> bool {
        !self.has_begun && !self.is_over
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over || self.is_muted
    }

    pub(super) fn is_part_of_conversation(&self) -> bool {
        self.ask.as_ref().is_none_or(Ask::is_part_of_conversation)
    }
}

/// The agent's utterances, from their first sample to the ear's word on them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Voice {
    /// What was given to the caller's line.
    pub(super) playout: Playout,
    /// The one that audio comes for.
    open: Option<Spoken>,
    /// Complete ones that the ear has not told of.
    told: VecDeque<Told>,
    has_warned: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Spoken {
    item: ItemId,
    line: Option<Line>,
    /// The words of its answer, all of them.
    text: String,
    /// The words in the sound that came, where they are told.
    sounded: String,
    audio_ms: u64,
    /// The numbers of its pieces, and when each will have been heard.
    pieces: VecDeque<(u64, UnixMs)>,
    heard: Option<(u64, PlayedEnd)>,
    /// It was cut, and this is when it is complete without the words of what was heard.
    cut_until: Option<UnixMs>,
    /// The words of what was heard.
    corrected: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Told {
    item: ItemId,
    text: String,
    audio_ms: u64,
    heard: Option<(u64, PlayedEnd)>,
}

impl Spoken {
    /// The words that go with its sound.
    fn words(&self) -> &str {
        let is_whole = self.cut_until.is_none() || self.sounded.trim().is_empty();
        if is_whole && !self.text.is_empty() { &self.text } else { self.sounded.trim() }
    }
}

impl Voice {
    pub(super) fn new(first_item: ItemId, now: UnixMs) -> Self {
        Self { playout: Playout::new(first_item, now), open: None, told: VecDeque::new(), has_warned: false }
    }

    /// Whether an utterance lacks its end.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Words that the caller is going to hear, oldest first.
    pub(super) fn unheard(&self) -> impl Iterator<Item = &str> {
        let told = self.told.iter().filter(|told| told.heard.is_none());
        told.map(|told| told.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The number of the piece that is heard now; none while none is.
    fn piece_heard(&self, now: UnixMs) -> Option<u64> {
        let pieces = &self.open.as_ref()?.pieces;
        pieces.iter().find(|(_, until)| *until > now).map(|(event_id, _)| *event_id)
    }
}

impl Session {
    /// The agent tells what it says next.
    pub(super) fn responds(&mut self, text: String) {
        let text = bounded(text);
        if let Some(answer) = self.answer.as_mut().filter(|answer| answer.text.is_none() && !answer.is_over) {
            // Its sound came first.
            if let Some(open) = self.voice.open.as_mut().filter(|open| open.text.is_empty()) {
                open.text.clone_from(&text);
            }
            answer.text = Some(text);
            return;
        }
        self.next_answer(Some(text));
    }

    /// Another answer begins: what it is an answer to, and whether it is to be heard.
    fn next_answer(&mut self, text: Option<String>) {
        self.finish_open();
        let own_first = self.links.take_first_words();
        self.turn_is_over();
        self.server_owes = None;
        self.hearing.owes_nothing();
        let (ask, is_muted) = match (self.asked.take(), own_first) {
            (Some(Asked { ask }), _) => (Some(ask), false),
            (None, Some(true)) if !self.waits => self.first_words(),
            // Nobody is greeted twice.
            (None, Some(_)) => (None, true),
            (None, None) => (None, self.attention == Attention::Listen || self.waits),
        };
        let sounds_until = self.now;
        self.answer = Some(Answer { ask, text, is_muted, has_begun: false, is_over: false, sounds_until });
    }

    /// What the agent's own first words are an answer to. The call asks for them as soon as the assistant is there.
    fn first_words(&mut self) -> (Option<Ask>, bool) {
        let wanted = self.plan.first_line().map(Ask::Line);
        match self.asks.front() {
            Some(first) if Some(first) == wanted.as_ref() => (self.asks.pop_front(), false),
            // Going on, or another line: the agent's greeting is none of these.
            Some(_) => (None, true),
            None => (None, self.plan.first_line().is_none()),
        }
    }

    /// A piece of the agent's sound.
    pub(super) fn audio(&mut self, event_id: u64, base64: &str, words: Option<String>) {
        let Some(format) = self.links.output() else { return };
        let frame = match decode_base64(base64, format) {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(error) => {
                if !std::mem::replace(&mut self.voice.has_warned, true) {
                    let what = format!("a piece of the provider's audio is left out: {error}");
                    self.acts.push(Act::Warn(what));
                }
                return;
            }
        };
        if !self.links.may_sound(event_id) {
            return;
        }
        if self.answer.as_ref().is_none_or(Answer::is_over) && !self.goes_on_with() {
            self.next_answer(None);
        }
        let ms = frame.rate().ms_of_samples(frame.sample_count() as u64);
        let now = self.now;
        let Some(answer) = &mut self.answer else { return };
        answer.sounds_until = answer.sounds_until.max(now) + ms;
        if answer.is_muted {
            return;
        }
        let (line, text) = (answer.ask.as_ref().and_then(Ask::line), answer.text.clone());
        let is_first = !std::mem::replace(&mut answer.has_begun, true);
        self.links.works();
        if self.voice.open.as_ref().is_some_and(|open| open.audio_ms >= UTTERANCE_MS_MAX) {
            self.finish_open();
        }
        if self.voice.open.is_none() {
            self.cease_comfort();
            let item = self.voice.playout.number();
            self.voice.open = Some(Spoken {
                item,
                line: line.filter(|_| is_first),
                text: text.filter(|_| is_first).unwrap_or_default(),
                sounded: String::new(),
                audio_ms: 0,
                pieces: VecDeque::new(),
                heard: None,
                cut_until: None,
                corrected: None,
            });
            self.acts.push(Act::Begin { item, line: line.filter(|_| is_first) });
        }
        let Some(open) = &mut self.voice.open else { return };
        open.audio_ms += ms;
        if let Some(words) = words.filter(|words| open.sounded.len() + words.len() <= WORDS_BYTES_MAX) {
            open.sounded.push_str(&words);
        }
        let is_heard = open.heard.is_none();
        self.acts.push(Act::Speak(frame));
        if is_heard {
            self.voice.playout.plays(ms, self.now);
            let until = self.voice.playout.until;
            if let Some(open) = &mut self.voice.open {
                match open.pieces.back_mut().filter(|(newest, _)| *newest == event_id) {
                    Some((_, end)) => *end = until,
                    None => open.pieces.push_back((event_id, until)),
                }
                // What was heard long ago is not interrupted any more.
                while open.pieces.len() > PIECES_MAX {
                    open.pieces.pop_front();
                }
            }
        }
    }

    /// Whether sound that comes behind the end of an answer, or while one is left out, is more of it. One whose words are known
    /// says no other ones; where the agent tells no words, only the clock and what it owes tell two answers apart.
    fn goes_on_with(&mut self) -> bool {
        let owes_another = self.asked.is_some() || self.server_owes.is_some();
        let is_awaited = owes_another || self.hearing.awaits_since().is_some();
        let now = self.now;
        let Some(answer) = &mut self.answer else { return false };
        let goes_on = match (answer.text.is_some(), answer.is_muted) {
            (true, true) => true,
            (true, false) => !owes_another,
            (false, true) => !is_awaited && now <= answer.sounds_until + PAUSE_MS,
            (false, false) => false,
        };
        if goes_on && !answer.is_muted {
            answer.is_over = false;
        }
        goes_on
    }

    /// The caller has spoken into what the agent says, up to this piece.
    pub(super) fn interrupted(&mut self, event_id: u64) {
        let heard_now = self.voice.piece_heard(self.now);
        if heard_now.is_some_and(|heard_now| event_id < heard_now) {
            // It is about something that was heard long ago.
            return;
        }
        self.links.clear_to(event_id);
        let Some(open) = self.voice.open.as_mut().filter(|open| open.cut_until.is_none()) else {
            if self.answer.as_ref().is_some_and(Answer::is_about_to_speak) {
                self.answer = None;
            }
            return;
        };
        open.cut_until = Some(self.now + CORRECTION_MS_MAX);
        if let Some(answer) = &mut self.answer {
            answer.is_over = true;
            // Nothing of it goes on.
            answer.text = None;
        }
        self.voice.playout.until = self.now;
        self.spoken_into();
    }

    /// The words of what the caller heard, as the agent reckons.
    pub(super) fn corrected(&mut self, corrected: &str) {
        if let Some(open) = self.voice.open.as_mut().filter(|open| open.cut_until.is_some()) {
            let words = corrected.trim().trim_end_matches("...").trim_end_matches('…').trim_end();
            open.corrected = Some(words.chars().take(WORDS_BYTES_MAX / 4).collect());
        }
    }

    /// The ear says how much of an utterance was heard.
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
        } else if let Some(told) = self.voice.told.iter_mut().find(|told| told.item == item) {
            told.heard.get_or_insert((heard_ms, end));
        }
        self.remember_heard();
        if end == PlayedEnd::Finished && self.voice.open.is_none() && self.voice.told.is_empty() {
            self.voice.playout.ended(self.now);
        }
    }

    /// The call has cut what the agent is saying, as for a key. The agent does not know: it is told, and what still comes of it is
    /// left out.
    fn cut_by_call(&mut self, heard_ms: u64) {
        self.links.clear_all();
        if let Some(answer) = &mut self.answer {
            answer.is_over = true;
            answer.is_muted = true;
        }
        let Some(open) = &self.voice.open else { return };
        let heard = heard_part(open.words(), heard_ms, open.audio_ms, PlayedEnd::Cleared);
        let text = match heard {
            "" => "The caller heard nothing of what you were saying last: it was cut off.".to_owned(),
            heard => format!("What you were saying last was cut off. The caller heard of it only: {heard}"),
        };
        self.send(ClientMessage::ContextualUpdate { text });
        self.finish_open();
    }

    /// When an utterance is complete, or asked about again.
    pub(super) fn voice_deadline(&self) -> Option<UnixMs> {
        let open = self.voice.open.as_ref()?;
        Some(open.cut_until.unwrap_or(self.voice.playout.until + PAUSE_MS))
    }

    /// Completes what is over.
    pub(super) fn mind_voice(&mut self) {
        let Some(open) = &self.voice.open else { return };
        let is_known = open.corrected.is_some() && open.heard.is_some();
        if self.voice_deadline().is_some_and(|deadline| deadline <= self.now)
            || (open.cut_until.is_some() && is_known)
        {
            if let Some(answer) = self.answer.as_mut().filter(|answer| answer.has_begun) {
                answer.is_over = true;
            }
            self.finish_open();
        }
    }

    /// Completes the utterance that is open, if one is.
    pub(super) fn finish_open(&mut self) {
        let Some(open) = self.voice.open.take() else { return };
        if open.line == Some(Line::MessageIntro) && open.cut_until.is_none() {
            self.acts.push(Act::Play(Prompt::Tone));
        }
        let text = match (&open.corrected, open.heard) {
            (Some(corrected), Some((heard_ms, PlayedEnd::Cleared))) => {
                self.acts.push(Act::CompleteCut { text: corrected.clone(), heard_ms });
                corrected.clone()
            }
            _ => {
                let text = open.words().to_owned();
                self.acts.push(Act::Complete(text.clone()));
                text
            }
        };
        if self.voice.told.len() == TOLD_MAX {
            self.voice.told.pop_front();
        }
        let audio_ms = match (&open.corrected, open.heard) {
            (Some(_), Some((heard_ms, PlayedEnd::Cleared))) => open.audio_ms.min(heard_ms),
            _ => open.audio_ms,
        };
        self.voice.told.push_back(Told { item: open.item, text, audio_ms, heard: open.heard });
        self.remember_heard();
    }

    /// Moves what is complete and heard into the memory, in its order.
    fn remember_heard(&mut self) {
        while let Some((heard_ms, end)) = self.voice.told.front().and_then(|told| told.heard) {
            let Some(told) = self.voice.told.pop_front() else { return };
            let text = heard_part(&told.text, heard_ms, told.audio_ms, end);
            self.memory.said(Role::Assistant, text);
        }
    }

    /// The connection is gone, and with it what was being said. Says whether something of it was still to come.
    pub(super) fn answer_lost(&mut self) -> bool {
        let Some(answer) = self.answer.take() else { return false };
        if answer.is_over() {
            return false;
        }
        match answer.ask {
            Some(ask) if !answer.has_begun => {
                self.asks.push_front(ask);
                false
            }
            // What has come of it is heard, and may have been all.
            _ => !answer.has_begun || answer.text.is_none() || self.is_cut_short(),
        }
    }

    /// Whether the sound of what was being said is too short for its words. Then its words are those that may have been said.
    fn is_cut_short(&mut self) -> bool {
        let Some(open) = &mut self.voice.open else { return false };
        let whole_ms = open.text.chars().count() as u64 * 1_000 / LETTERS_PER_S;
        let is_short = whole_ms > open.audio_ms;
        if is_short {
            open.text = heard_part(&open.text, open.audio_ms, whole_ms, PlayedEnd::Cleared).to_owned();
        }
        is_short
    }
}
