//! The caller's speech: its times and its words. Words arrive late and in any order; each belongs to its own turn, and each item
//! of the server has one line in the transcript.

use std::collections::VecDeque;

use cordboard_schema::fold::Role;
use cordboard_schema::limits::PROVIDER_TRANSCRIPT_CHARS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;

use super::Session;
use super::act::Act;
use super::answers::Want;
use crate::assistant::remote::asked_ids::AskedIds;
use crate::messages::Attention;
use cordboard_call::machine::without_words;

/// Turns whose words may be outstanding.
const TURNS_MAX: usize = 16;
/// Longest wait for words in ms, after which the turn is recorded without them: transcription takes about a second.
const WORDS_WAIT_MS_MAX: u64 = 6_000;
/// Audio in ms without audible speech that still belongs to a turn. A server that listens for the end of a thought waits for 8 s,
/// and it is sent 10 s of silence when the line brings no audio.
const UNENDED_MS_MAX: u64 = 9_000;

/// The caller's turns whose words were not reported yet, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hearing {
    turns: VecDeque<Turn>,
    /// Items that have a line in the transcript.
    reported: AskedIds,
    speaking: Option<Speaking>,
}

/// The present speech.
#[derive(Clone, Debug, PartialEq)]
struct Speaking {
    item_id: String,
    since: UnixMs,
    /// Position of its beginning in the audio that was sent, in ms.
    audio_start_ms: Option<u64>,
    /// Length of the audio since our own detector last heard speech, in ms.
    quiet_ms: u64,
}

/// Speech that has ended.
#[derive(Clone, Debug, PartialEq)]
struct Turn {
    item_id: String,
    speech_ms: u64,
    until: UnixMs,
    text: Option<String>,
}

impl Hearing {
    pub(super) fn is_speaking(&self) -> bool {
        self.speaking.is_some()
    }

    /// Returns whether words of the caller are still due.
    pub(super) fn has_words_due(&self) -> bool {
        !self.turns.is_empty()
    }

    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        self.turns.front().map(|turn| turn.until)
    }

    /// Returns whether no speech has ended after this item's, as far as words are due.
    fn is_newest(&self, item_id: &str) -> bool {
        let is_it = |turn: &Turn| item_id.is_empty() || turn.item_id.is_empty() || turn.item_id == item_id;
        self.turns.back().is_none_or(is_it)
    }

    /// Returns whether this item already has its line, or its words wait for an earlier turn: a server may repeat words, or send
    /// them after they were given up.
    fn has_line_of(&self, item_id: &str) -> bool {
        let mut turns = self.turns.iter().filter(|turn| turn.item_id == item_id).peekable();
        let is_known = !item_id.is_empty() && (turns.peek().is_some() || self.reported.contains(item_id));
        is_known && turns.all(|turn| turn.text.is_some())
    }

    /// Stores the words of this turn; words without an id belong to the oldest turn that has none.
    fn put_words(&mut self, item_id: &str, text: String) -> Result<(), String> {
        let is_meant = |turn: &&mut Turn| {
            turn.text.is_none() && (turn.item_id == item_id || item_id.is_empty() || turn.item_id.is_empty())
        };
        match self.turns.iter_mut().find(is_meant) {
            Some(turn) => {
                turn.text = Some(text);
                if turn.item_id.is_empty() {
                    turn.item_id = item_id.to_owned();
                }
                Ok(())
            }
            None => Err(text),
        }
    }

    fn next_words(&mut self) -> Option<String> {
        self.turns.front()?.text.as_ref()?;
        let turn = self.turns.pop_front()?;
        self.note_reported(&turn.item_id);
        turn.text
    }

    fn note_reported(&mut self, item_id: &str) {
        if !item_id.is_empty() && !self.reported.contains(item_id) {
            self.reported.keep(item_id);
        }
    }
}

impl Session {
    pub(super) fn speech_started(&mut self, item_id: String, audio_start_ms: Option<u64>) {
        let since = self.now;
        if self.hearing.speaking.is_some() {
            return;
        }
        self.hearing.speaking = Some(Speaking { item_id, since, audio_start_ms, quiet_ms: 0 });
        self.acts.push(Act::SpeechStarted);
        self.unheard_ms = None;
        self.comfort.new_turn();
        self.cease_comfort();
        self.spoken_into();
    }

    pub(super) fn speech_stopped(&mut self, audio_end_ms: Option<u64>) {
        let Some(Speaking { item_id, since, audio_start_ms, .. }) = self.hearing.speaking.take() else {
            return;
        };
        let measured = audio_end_ms.zip(audio_start_ms).map(|(end, start)| end.saturating_sub(start));
        let speech_ms = measured.unwrap_or_else(|| self.now.ms_since(since));
        self.speech_ended(item_id, speech_ms);
        if self.attention == Attention::Converse {
            self.expect_answer();
        }
    }

    fn speech_ended(&mut self, item_id: String, speech_ms: u64) {
        self.acts.push(Act::SpeechStopped(speech_ms));
        if self.hearing.turns.len() == TURNS_MAX {
            self.give_words_up(1);
        }
        let until = self.now + WORDS_WAIT_MS_MAX;
        let text = (!self.plan.profile.speech.transcription).then(|| without_words(speech_ms));
        self.hearing.turns.push_back(Turn { item_id, speech_ms, until, text });
        self.report_words();
        self.voice.playout.quiet_since = self.now;
    }

    /// Notes that this much of the caller's audio has arrived, and whether our own detector hears speech in it. If the server
    /// misses the end of speech, everything that is to be said would wait for ever: the speech ends here, and the server, which
    /// takes it for unfinished, is asked to go on.
    pub fn caller_sounds(&mut self, ms: u64, is_loud: bool, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        let Some(speaking) = &mut self.hearing.speaking else { return };
        speaking.quiet_ms = if is_loud { 0 } else { speaking.quiet_ms + ms };
        if speaking.quiet_ms < UNENDED_MS_MAX {
            return;
        }
        let speech_ms = (self.now - speaking.quiet_ms).ms_since(speaking.since);
        let item_id = std::mem::take(&mut speaking.item_id);
        self.hearing.speaking = None;
        self.speech_ended(item_id, speech_ms);
        if self.attention == Attention::Converse {
            self.want(Want::Continue);
        }
        self.settle();
    }

    pub(super) fn transcribed(&mut self, item_id: &str, mut text: String, usage: Option<TokenUsage>) {
        if let Some(usage) = usage {
            self.used(self.plan.transcription_model.clone(), item_id.to_owned(), usage);
        }
        let too_long = text.char_indices().nth(PROVIDER_TRANSCRIPT_CHARS_MAX).map(|(end, _)| end);
        if let Some(end) = too_long {
            text.truncate(end);
        }
        // An answer to later speech stays due.
        let nothing_said = text.is_empty() && self.hearing.is_newest(item_id);
        if !self.hearing.has_line_of(item_id)
            && let Err(text) = self.hearing.put_words(item_id, text)
            && !text.is_empty()
        {
            self.hearing.note_reported(item_id);
            self.tell(text);
        }
        self.report_words();
        if nothing_said {
            // Servers that answer words don't answer a noise.
            self.answer_due_since = None;
        }
    }

    pub(super) fn not_transcribed(&mut self, item_id: &str) {
        let turn = self.hearing.turns.iter().find(|turn| turn.item_id == item_id);
        if let Some(speech_ms) = turn.map(|turn| turn.speech_ms) {
            let _ = self.hearing.put_words(item_id, without_words(speech_ms));
        }
        self.report_words();
    }

    /// Gives up words that did not arrive in time.
    pub(super) fn check_words(&mut self) {
        while self.hearing.next_deadline().is_some_and(|deadline| deadline <= self.now) {
            self.give_words_up(1);
        }
    }

    /// Ends the speech that a lost session had heard and not reported.
    pub(super) fn hearing_lost(&mut self) {
        if self.hearing.is_speaking() {
            self.speech_stopped(None);
        }
        self.give_words_up(TURNS_MAX);
        // Another session may number its items alike.
        self.hearing.reported.clear();
    }

    fn give_words_up(&mut self, speeches: usize) {
        for turn in self.hearing.turns.iter_mut().take(speeches) {
            turn.text.get_or_insert_with(|| without_words(turn.speech_ms));
        }
        self.report_words();
    }

    fn report_words(&mut self) {
        while let Some(text) = self.hearing.next_words() {
            self.tell(text);
        }
    }

    fn tell(&mut self, text: String) {
        self.memory.said(Role::Caller, &text);
        self.acts.push(Act::Transcript(text));
    }
}
