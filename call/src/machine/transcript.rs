//! The transcript: the words of both sides, in the order in which they said them.
//!
//! Lines become known late, and in any order: a model that hears speech answers it before anybody has put the question
//! into words, and of an utterance that was cut the text comes after the words that cut it. So a line has its place from
//! the moment an utterance begins or a speech ends, and is written when it is known and all before it are written. It
//! waits for those for 2 s at most; then it goes first, and they follow when they are known.

use cordboard_schema::ids::ItemId;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::time::UnixMs;

use super::conversation::Utterance;
use super::{Effects, Machine};

/// Time that an ear has for its report of the words of an assistant that is gone, in ms: it is on its way already.
const EAR_REPORTS_MS_MAX: u64 = 500;

impl Machine {
    /// The conversation so far as it was heard, oldest first, for an assistant that joins it. The newest 40 lines, each
    /// of 2,000 characters at most. Words that an ear plays to their end while their assistant is gone count as heard.
    pub fn history(&self) -> Vec<SpokenLine> {
        self.conversation.transcript().history()
    }

    /// An assistant is gone, and what has left its mouth is on its way to the caller: the ear's report settles it, or the ear's leaving, or
    /// a time that is longer than any report takes. Until then the caller counts as having heard it.
    pub(super) fn words_left_in_ears(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.caller.is_none() {
            return self.settle_utterances(None, fx);
        }
        self.conversation.transcript_mut().lost_their_speaker(now + EAR_REPORTS_MS_MAX);
        let is_answer = self.conversation.transcript().in_an_ear().any(Utterance::answers);
        if is_answer && self.lifecycle.converses() && !self.is_giving_notice() {
            self.conversation.owes_nothing();
        }
        self.write_transcript(fx);
    }

    /// An assistant was ordered to stop: words of which no sound was on its way are reported by no ear. The call would count as speaking
    /// until its end: nobody would look after a silent caller, and one who waits would hear no music.
    pub(super) fn words_stop(&mut self) {
        self.conversation.transcript_mut().their_speaker_stops(self.last_fact_at + EAR_REPORTS_MS_MAX);
    }

    /// The same of words that an assistant reports late, which was let go meanwhile.
    pub(super) fn comes_behind_its_speaker(&mut self, item: ItemId) {
        let heard_by = self.last_fact_at + EAR_REPORTS_MS_MAX;
        self.conversation.transcript_mut().comes_behind_its_speaker(item, heard_by);
    }

    /// The caller's ear is gone: words that it has not reported by now it never will.
    pub(super) fn settle_lost_words(&mut self, fx: &mut Effects) {
        self.conversation.transcript_mut().give_ears_up(UnixMs(i64::MAX));
        self.write_transcript(fx);
    }

    /// Ears that have not reported the words of an assistant that is gone never will.
    pub(super) fn give_ears_up(&mut self, now: UnixMs, fx: &mut Effects) {
        for item in self.conversation.transcript_mut().give_ears_up(now) {
            self.after_utterance(item, now, fx);
        }
    }

    /// The next assistant begins, if it has waited for reports of the last one's words and has them all. To be asked at the end of each step.
    pub(super) fn begin_behind_ears(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some((leg, speaks_text)) = self.conversation.takes_assistant_behind_ears() {
            self.assistant_ready(leg, speaks_text, now, fx);
        }
    }

    /// Moves what is known into the transcript, in the order in which it was said.
    pub(super) fn write_transcript(&mut self, fx: &mut Effects) {
        self.conversation.transcript_mut().write(self.last_fact_at, fx);
    }

    /// Writes utterances whose end can't be known better: ear and assistant are gone. Unreported ones count as heard as
    /// far as they are in the recording, of which there are `recorded_ms`; without one they count as not heard.
    pub(super) fn settle_utterances(&mut self, recorded_ms: Option<u64>, fx: &mut Effects) {
        let recording = self.recording;
        let position = |moment| recording.map(|recording| recording.position(moment));
        self.conversation.transcript_mut().settle(recorded_ms, position);
        self.write_transcript(fx);
    }
}
