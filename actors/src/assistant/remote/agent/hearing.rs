//! The caller's speech. The agent reports the words; this side detects when the caller speaks, because not every provider reports
//! that.

use cordboard_schema::audio::Law;
use cordboard_schema::fold::Role;
use cordboard_schema::time::UnixMs;

use super::Session;
use super::answer::{add_words, bounded};
use super::dialect::Dialect;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::talk::PAUSE_MS;
use crate::messages::Attention;
use cordboard_call::machine::without_words;

/// Longest wait for words in ms, after which the speech is recorded without them.
const WORDS_WAIT_MS_MAX: u64 = 6_000;
/// Duration of speech from which on an answer is awaited: less is a cough or an "mhm".
const ANSWERED_MS_MIN: u64 = 400;
/// Time that the caller counts as speaking if only the provider hears them, in ms.
const TOO_QUIET_MS_MAX: u64 = 3_000;
/// Time to wait for further words of a turn that arrives in pieces, in ms.
const PIECE_WAIT_MS: u64 = 600;
/// Time to wait for an answer to speech whose words never arrive, in ms: the agent may have taken it for noise.
const ANSWER_AWAITED_MS_MAX: u64 = 8_000;

/// The caller's speech, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hearing {
    /// Since when the caller speaks; reported to the call.
    speaking: Option<UnixMs>,
    /// Since when the caller is heard to speak while the agent speaks: the agent decides whether that interrupts it.
    pub(super) speaking_into: Option<UnixMs>,
    /// From when until when they last did so, and the agent went on.
    pub(super) spoke_into: Option<(UnixMs, UnixMs)>,
    /// Speech that was reported to the call and whose words have not arrived: its length, and its end.
    wordless: Option<(u64, UnixMs)>,
    /// Since when an answer is awaited to speech that only this side heard.
    awaits: Option<UnixMs>,
    /// When the speech began that awaits an answer.
    awaits_to: UnixMs,
    /// Our own detector hears them speak.
    is_loud: bool,
    /// The agent has heard their present or last speech from its beginning.
    is_heard_whole: bool,
    /// Words so far of a turn that arrives in pieces.
    pieces: Option<Pieces>,
    /// They were heard to speak since the newest answer began.
    spoke_since: bool,
}

/// Words of a turn that arrives in pieces.
#[derive(Clone, Debug, PartialEq)]
struct Pieces {
    text: String,
    /// When the newest piece arrived.
    arrived_at: UnixMs,
    /// The agent is already answering.
    is_answered: bool,
}

impl Hearing {
    /// Returns the state of a caller who has not spoken.
    pub(super) fn new(now: UnixMs) -> Self {
        Self {
            speaking: None,
            speaking_into: None,
            spoke_into: None,
            wordless: None,
            awaits: None,
            awaits_to: now,
            is_loud: false,
            is_heard_whole: false,
            pieces: None,
            spoke_since: false,
        }
    }

    pub(super) fn is_speaking(&self) -> bool {
        self.speaking.is_some()
    }

    /// Returns whether words of the caller are still due.
    pub(super) fn has_words_due(&self) -> bool {
        self.wordless.is_some()
    }

    pub(super) fn stop_awaiting_answer(&mut self) {
        self.awaits = None;
    }

    /// Notes that the agent answers everything said so far.
    pub(super) fn answered(&mut self) {
        self.spoke_since = false;
        if let Some(pieces) = &mut self.pieces {
            pieces.is_answered = true;
        }
    }

    /// Returns whether our own detector hears them speak.
    pub(super) fn is_loud(&self) -> bool {
        self.is_loud
    }

    /// Returns whether the caller speaks, or has spoken and neither words nor an answer have arrived yet.
    fn is_open(&self) -> bool {
        self.awaits.is_some() || !self.is_quiet()
    }

    /// Returns whether the caller is silent, and no words are still to be reported.
    pub(super) fn is_quiet(&self) -> bool {
        !self.is_loud && self.speaking.is_none() && self.pieces.is_none() && self.wordless.is_none()
    }

    /// Returns when the words that arrive in pieces count as complete.
    fn pieces_until(&self) -> Option<UnixMs> {
        let pieces = self.pieces.as_ref().filter(|_| self.speaking.is_none() && !self.is_loud)?;
        Some(pieces.arrived_at + PIECE_WAIT_MS)
    }

    /// Returns whether an answer is awaited to words that were not reported yet.
    pub(super) fn is_answer_awaited(&self, now: UnixMs) -> bool {
        self.awaits.is_some_and(|since| now.ms_since(since) < ANSWER_AWAITED_MS_MAX)
    }

    pub(super) fn awaits_since(&self) -> Option<UnixMs> {
        self.awaits
    }

    /// Returns since when an answer is awaited to speech that the agent has heard from its beginning.
    pub(super) fn awaits_to_all_since(&self) -> Option<UnixMs> {
        self.awaits.filter(|_| self.is_heard_whole)
    }

    /// Returns when the speech began that awaits an answer.
    pub(super) fn awaits_to(&self) -> UnixMs {
        self.awaits_to
    }

    /// Returns until when the caller counts as speaking if our own detector does not hear them: the provider reports no end of
    /// it.
    fn too_quiet_until(&self) -> Option<UnixMs> {
        self.speaking.filter(|_| !self.is_loud).map(|since| since + TOO_QUIET_MS_MAX)
    }
}

impl<D: Dialect> Session<D> {
    /// Notes that the caller's line brings octets of this law.
    pub(in crate::assistant) fn brings(&mut self, law: Law) {
        self.plan.caller_law = Some(law);
    }

    /// Returns whether the agent may still listen for the end of the caller's speech.
    pub(in crate::assistant) fn awaits_end_of_speech(&self) -> bool {
        self.hearing.is_open() || self.answer_due_since.is_some()
    }

    /// Notes that audio is sent to the agent now.
    pub(in crate::assistant) fn sends_audio(&mut self, now: UnixMs) {
        self.links.sends(now);
    }

    /// Notes that the caller begins to speak, judged by the sound.
    pub(in crate::assistant) fn caller_started(&mut self, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        self.speaks_to_nobody = false;
        self.hearing.is_loud = true;
        self.hearing.is_heard_whole = self.is_live() && self.hears_caller();
        self.hearing.spoke_since = true;
        self.spoken_into_request();
        // A caller who is heard is not on hold.
        self.has_put_on_hold = false;
        if self.is_heard_speaking() && self.attention == Attention::Converse {
            self.hearing.speaking_into = Some(self.now);
            self.spoke_in_a_pause();
        } else {
            self.speech_started();
        }
        self.settle();
    }

    /// Notes that the caller has spoken for this many ms, judged by the sound.
    pub(in crate::assistant) fn caller_stopped(&mut self, speech_ms: u64, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        let into = self.hearing.speaking_into.take();
        self.hearing.spoke_into = into.map(|since| (since, self.now - PAUSE_MS));
        self.hearing.is_loud = false;
        if self.hearing.is_speaking() {
            self.speech_stopped(speech_ms);
            if self.attention == Attention::Listen || self.waits {
                // No agent reports words now.
                self.report_pieces();
                self.give_words_up();
            } else if speech_ms >= ANSWERED_MS_MIN {
                self.hearing.awaits = Some(self.now);
                self.hearing.awaits_to = self.now - speech_ms;
            }
        }
        self.settle();
    }

    /// Returns whether the caller hears the agent say something that the connection knows of: it can't report an interruption of
    /// words from an earlier connection.
    fn is_heard_speaking(&self) -> bool {
        self.voice.is_open() || self.voice.playout.until > self.now.max(self.voice.of_others_until)
    }

    /// Reports to the call that the caller speaks.
    pub(super) fn speech_started(&mut self) {
        if self.hearing.is_speaking() {
            return;
        }
        self.hearing.spoke_into = None;
        match &self.hearing.pieces {
            // They continue their earlier words.
            Some(pieces) if !pieces.is_answered => {}
            Some(_) => self.report_pieces(),
            None => self.give_words_up(),
        }
        self.hearing.speaking = Some(self.hearing.speaking_into.take().unwrap_or(self.now));
        self.hearing.awaits = None;
        self.acts.push(Act::SpeechStarted);
        self.comfort.new_turn();
        self.cease_comfort();
    }

    pub(super) fn speech_stopped(&mut self, speech_ms: u64) {
        if self.hearing.speaking.take().is_none() {
            return;
        }
        self.acts.push(Act::SpeechStopped(speech_ms));
        self.hearing.wordless = Some((speech_ms, self.now));
        self.voice.playout.quiet_since = self.voice.playout.quiet_since.max(self.now);
    }

    /// Handles an interruption that the agent has detected.
    pub(super) fn spoken_into(&mut self) {
        self.hearing.spoke_since = true;
        if let Some(pieces) = &mut self.hearing.pieces {
            pieces.is_answered = false;
        }
        if let Some(since) = self.hearing.speaking {
            // They began before the agent did.
            self.speech_stopped(self.now.ms_since(since));
        }
        self.speech_started();
    }

    /// Takes a piece of the caller's words from the agent.
    pub(super) fn caller_says_more(&mut self, text: &str, is_last: bool) {
        self.links.note_speech();
        self.speaks_to_nobody = false;
        let now = self.now;
        // Words may arrive after the beginning of the answer to them.
        let is_answered = !self.hearing.spoke_since;
        if !text.is_empty() {
            let first = Pieces { text: String::new(), arrived_at: now, is_answered };
            let pieces = self.hearing.pieces.get_or_insert(first);
            pieces.arrived_at = now;
            add_words(&mut pieces.text, text);
        }
        if is_last && self.hearing.speaking.is_none() && !self.hearing.is_loud {
            self.report_pieces();
        }
    }

    /// Completes the words that arrived in pieces once the answer to them is over.
    pub(super) fn report_answered_pieces(&mut self) {
        if self.hearing.pieces.as_ref().is_some_and(|pieces| pieces.is_answered) {
            self.report_pieces();
        }
    }

    /// Reports the words that arrived in pieces as complete.
    pub(super) fn report_pieces(&mut self) {
        let Some(Pieces { text, is_answered, .. }) = self.hearing.pieces.take() else { return };
        let due_since = self.answer_due_since;
        let is_spoken_over = self.speaks_on();
        self.transcribed(text.trim().to_owned());
        if is_answered || is_spoken_over {
            self.answer_due_since = due_since;
        }
    }

    /// Takes the caller's words from the agent.
    pub(super) fn transcribed(&mut self, text: String) {
        self.links.note_speech();
        self.speaks_to_nobody = false;
        if let Some(since) = self.hearing.speaking {
            self.speech_stopped(self.now.ms_since(since));
        }
        self.hearing.awaits = None;
        if text.is_empty() {
            self.answer_due_since = None;
            return self.give_words_up();
        }
        let speech_ms = self.hearing.wordless.take().map_or(0, |(speech_ms, _)| speech_ms);
        let is_written_down = self.plan.profile.speech.transcription;
        self.tell(if is_written_down { bounded(text) } else { without_words(speech_ms) });
        if self.attention == Attention::Converse {
            self.answer_due_since = Some(self.now);
            self.asks.retain(|ask| !ask.is_part_of_conversation());
        }
    }

    /// Notes that the agent answers: it considers the caller's turn over.
    pub(super) fn turn_is_over(&mut self) {
        if let Some(since) = self.hearing.speaking {
            self.speech_stopped(self.now.ms_since(since));
        }
    }

    pub(super) fn hearing_deadline(&self) -> Option<UnixMs> {
        let words = self.hearing.wordless.map(|(_, ended_at)| ended_at + WORDS_WAIT_MS_MAX);
        let answer = self.hearing.awaits.map(|since| since + ANSWER_AWAITED_MS_MAX);
        let waits = [words, answer, self.hearing.too_quiet_until(), self.hearing.pieces_until()];
        waits.into_iter().flatten().min()
    }

    /// Gives up words and answers that did not arrive in time.
    pub(super) fn check_words(&mut self) {
        if self.hearing.too_quiet_until().is_some_and(|until| until <= self.now) {
            self.speech_stopped(TOO_QUIET_MS_MAX);
        }
        if self.hearing.pieces_until().is_some_and(|until| until <= self.now) {
            self.report_pieces();
        }
        if self.hearing.wordless.is_some_and(|(_, ended_at)| ended_at + WORDS_WAIT_MS_MAX <= self.now) {
            self.give_words_up();
        }
        if self.hearing.awaits.is_some() && !self.hearing.is_answer_awaited(self.now) {
            self.hearing.awaits = None;
        }
    }

    fn give_words_up(&mut self) {
        if let Some((speech_ms, _)) = self.hearing.wordless.take() {
            self.tell(without_words(speech_ms));
        }
    }

    fn tell(&mut self, text: String) {
        self.memory.said(Role::Caller, &text);
        self.acts.push(Act::Transcript(text));
    }

    /// Ends the speech that a lost connection had heard and not reported. Returns whether an answer was due.
    pub(super) fn hearing_lost(&mut self) -> bool {
        let was_speaking = self.hearing.speaking.map(|since| self.now.ms_since(since));
        if let Some(speech_ms) = was_speaking {
            self.speech_stopped(speech_ms);
        }
        let had_pieces = self.hearing.pieces.as_ref().is_some_and(|pieces| !pieces.is_answered);
        self.report_pieces();
        let waits = self.hearing.wordless.is_some() || self.hearing.awaits.is_some();
        let was_due = was_speaking.is_some() || had_pieces || waits;
        self.give_words_up();
        self.hearing.awaits = None;
        was_due
    }
}
