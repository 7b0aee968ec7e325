//! The transcript: what both sides have said, in that order.
//!
//! Lines become known late, and in any order. A model that hears speech answers before the question has been transcribed, and the text of
//! an utterance that was cut comes after the words that cut it. So a line gets its place when its utterance begins or its speech ends, and
//! is written when it is known and all lines before it are written. It waits for those for at most 2 s. Then it is written first, and they
//! follow when they are known.

use cordboard_schema::ids::ItemId;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::time::UnixMs;

use super::conversation::Utterance;
use super::{Effects, Machine};

/// How long an ear has to report the words of an assistant that is gone, in ms. The report is already on its way.
const EAR_REPORTS_MS_MAX: u64 = 500;

impl Machine {
    /// Returns the conversation so far as it was heard, oldest first, for an assistant that joins it: the newest 40 lines, each of at most
    /// 2,000 characters. Words that an ear is still playing while their assistant is gone count as heard.
    pub fn history(&self) -> Vec<SpokenLine> {
        self.conversation.transcript().history()
    }

    /// An assistant is gone while its speech is on the way to the caller. This is settled by the ear's report, by the end of the ear, or
    /// after a time that is longer than any report takes. Until then the caller counts as having heard it.
    pub(super) fn words_left_in_ears(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.caller.is_none() {
            return self.settle_utterances(None, fx);
        }
        self.conversation.transcript_mut().lost_their_speaker(now + EAR_REPORTS_MS_MAX);
        let is_answer = self.conversation.transcript().in_an_ear().any(Utterance::answers);
        if is_answer && self.lifecycle.converses() && !self.is_giving_notice() {
            self.conversation.clear_pending_speech();
        }
        self.write_transcript(fx);
    }

    /// An assistant was ordered to stop. No ear reports words without any sound on the way. Without this deadline the assistant would count
    /// as speaking until the end of the call: a silent caller would not be asked whether they are there, and a waiting one would hear no
    /// music.
    pub(super) fn words_stop(&mut self) {
        self.conversation.transcript_mut().their_speaker_stops(self.last_fact_at + EAR_REPORTS_MS_MAX);
    }

    /// The same for words that an assistant reports after it was released.
    pub(super) fn arrives_after_speaker(&mut self, item: ItemId) {
        let heard_by = self.last_fact_at + EAR_REPORTS_MS_MAX;
        self.conversation.transcript_mut().arrives_after_speaker(item, heard_by);
    }

    /// The caller's ear is gone, so words that it has not reported will not be reported.
    pub(super) fn settle_lost_words(&mut self, fx: &mut Effects) {
        self.conversation.transcript_mut().give_ears_up(UnixMs(i64::MAX));
        self.write_transcript(fx);
    }

    /// Ears that have not reported the words of an assistant that is gone will not report them.
    pub(super) fn give_ears_up(&mut self, now: UnixMs, fx: &mut Effects) {
        for item in self.conversation.transcript_mut().give_ears_up(now) {
            self.after_utterance(item, now, fx);
        }
    }

    /// Lets the next assistant begin, if it waited for reports of the last one's words and all have come. Runs at the end of each step.
    pub(super) fn begin_after_ears(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some((leg, speaks_text)) = self.conversation.take_assistant_after_ears() {
            self.assistant_ready(leg, speaks_text, now, fx);
        }
    }

    /// Moves the known lines to the transcript, in the order in which they were said.
    pub(super) fn write_transcript(&mut self, fx: &mut Effects) {
        self.conversation.transcript_mut().write(self.last_fact_at, fx);
    }

    /// Writes utterances whose end can't be known any better, because ear and assistant are gone. Those without a report count as heard as
    /// far as they are in the recording, which has `recorded_ms`; without a recording they count as not heard.
    pub(super) fn settle_utterances(&mut self, recorded_ms: Option<u64>, fx: &mut Effects) {
        let recording = self.recording;
        let position = |moment| recording.map(|recording| recording.position(moment));
        self.conversation.transcript_mut().settle(recorded_ms, position);
        self.write_transcript(fx);
    }
}
