//! The transcript: the words of both sides, in the order in which they said them.
//!
//! Lines become known late, and in any order: a model that hears speech answers it before anybody has put the question
//! into words, and of an utterance that was cut the text comes after the words that cut it. So a line has its place from
//! the moment an utterance begins or a speech ends, and is written when it is known and all before it are written. It
//! waits for those for 2 s at most; then it goes first, and they follow when they are known.

use cordboard_schema::said::SpokenLine;

use super::{Effects, Machine};

impl Machine {
    /// The conversation so far as it was heard, oldest first, for an assistant that joins it. The newest 40 lines, each
    /// of 2,000 characters at most.
    pub fn history(&self) -> Vec<SpokenLine> {
        self.conversation.transcript().written().cloned().collect()
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
