//! The caller's speech, and the watch over a silent caller.
//!
//! An assistant first reports that the caller is speaking, then that they have spoken, then their words. A call can end, or its process
//! die, between any two of these. The transcript says in any case that the caller spoke.

use cordboard_schema::time::UnixMs;

use super::conversation::PendingSpeech;
use super::typing::WRITER_PATIENCE_MS;
use super::{Effects, Machine};

/// How long late reports of a stopped assistant are awaited, in ms. It has a second, and its message takes a moment.
const LATE_WORDS_MS_MAX: u64 = 2_000;

impl Machine {
    pub(super) fn speech_started(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.caller.is_none() {
            return;
        }
        self.conversation.caller_begins(now);
        self.briefing.caller_has_spoken();
        if self.lifecycle.talks() {
            self.barge_in(fx);
            self.message_speech_started(now);
        }
    }

    pub(super) fn speech_stopped(&mut self, speech_ms: u64, now: UnixMs, fx: &mut Effects) {
        if self.conversation.caller_stops().is_none() {
            return;
        }
        self.has_spoken(speech_ms, now, fx);
        self.watch_silence(now);
    }

    pub(super) fn words_reported(&mut self, text: &str, now: UnixMs, fx: &mut Effects) {
        // Words belong to a speech that is over. If no speech waits for words, the end of this one was lost in a fault.
        if !self.conversation.transcript().waits_for_words()
            && let Some(since) = self.conversation.caller_stops()
        {
            self.has_spoken(now.ms_since(since), now, fx);
        }
        self.conversation.transcript_mut().set_words(Some(text));
        self.write_transcript(fx);
        self.heed_opt_out(text, fx);
        self.listen_for_person_request(text, now, fx);
    }

    /// The caller is gone in the middle of their words. The assistant may still report those words.
    pub(super) fn speech_broke_off(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some(since) = self.conversation.caller_stops() {
            self.conversation.transcript_mut().expect_words(now.ms_since(since));
            self.write_transcript(fx);
        }
    }

    /// The process died in the middle of the caller's words, at this time if it is known.
    pub(super) fn speech_died(&mut self, died_at: Option<UnixMs>, fx: &mut Effects) {
        if let Some(since) = self.conversation.caller_stops() {
            self.conversation
                .transcript_mut()
                .expect_words(died_at.map_or(0, |died_at| died_at.ms_since(since)));
            self.write_transcript(fx);
        }
    }

    /// The assistant that heard the caller is gone, so its missing reports will not come.
    pub(super) fn hearing_lost(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some(since) = self.conversation.caller_stops() {
            self.has_spoken(now.ms_since(since), now, fx);
        }
        self.give_words_up(fx);
        self.message_unheard();
    }

    /// The assistant that heard the caller is ordered to stop. It may still report the caller's words, and an ear the assistant's.
    pub(super) fn hearing_stops(&mut self) {
        self.words_stop();
        self.conversation.transcript_mut().expect_words_by(self.last_fact_at + LATE_WORDS_MS_MAX);
    }

    /// The missing words will not be reported any more.
    pub(super) fn give_words_up(&mut self, fx: &mut Effects) {
        self.conversation.transcript_mut().give_words_up();
        self.write_transcript(fx);
    }

    fn has_spoken(&mut self, speech_ms: u64, now: UnixMs, fx: &mut Effects) {
        self.conversation.transcript_mut().expect_words(speech_ms);
        self.write_transcript(fx);
        self.message_speech_stopped(speech_ms, now);
        if self.lifecycle.converses() && !self.is_giving_notice() && !self.is_left_to_supervisor() {
            self.conversation.expect_speech(PendingSpeech::Answer);
        }
    }

    /// Starts the watch over a silent caller, if it is their turn.
    pub(super) fn watch_silence(&mut self, now: UnixMs) {
        let their_turn = self.lifecycle.converses()
            && self.has_voice()
            && !self.conversation.caller_speaks()
            && !self.conversation.is_saying()
            // A caller who waits for a person has nothing to say.
            && !self.is_handing_off();
        let wait_ms = if self.conversation.is_silence_prompted() {
            self.policy.silence_goodbye_ms
        } else {
            let of_profile = self.profile.style.silence_reminder_s;
            of_profile.map_or(self.policy.silence_prompt_ms, |after_s| u64::from(after_s) * 1_000)
        };
        let wait_ms =
            if self.conversation.is_caller_writing() { wait_ms.max(WRITER_PATIENCE_MS) } else { wait_ms };
        self.conversation.silence_is_watched(their_turn.then(|| now + wait_ms));
    }
}
