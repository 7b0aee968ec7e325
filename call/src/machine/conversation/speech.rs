//! Something that the caller has said, and the watch over a silent caller.

use cordboard_schema::time::UnixMs;

/// Something that the caller has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::machine) struct Speech {
    speech_ms: u64,
    /// Its words, once they were reported; empty if there were none.
    words: Option<String>,
    /// When its words can no longer be reported, if the assistant that heard it is leaving.
    expected_until: Option<UnixMs>,
}

impl Speech {
    pub(in crate::machine) fn new(speech_ms: u64) -> Self {
        Self { speech_ms, words: None, expected_until: None }
    }

    /// Whether its words were reported, or won't be.
    pub(in crate::machine) fn is_known(&self) -> bool {
        self.words.is_some()
    }

    /// Returns its words, once known.
    pub(in crate::machine) fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// Returns when its words can no longer be reported, if they are unknown and the assistant that heard it is leaving.
    pub(in crate::machine) fn expected_until(&self) -> Option<UnixMs> {
        self.expected_until.filter(|_| !self.is_known())
    }

    /// The assistant that heard it is leaving, and reports its words by this time or never.
    pub(in crate::machine) fn expect_by(&mut self, expected_until: UnixMs) {
        self.expected_until.get_or_insert(expected_until);
    }

    /// Sets its words; `None` if nobody transcribed it.
    pub(in crate::machine) fn set_words(&mut self, words: Option<&str>) {
        let without = || match self.speech_ms {
            // Its length is unknown, or too short to be stated.
            0..100 => "(speech)".to_owned(),
            speech_ms => without_words(speech_ms),
        };
        self.words = Some(words.map_or_else(without, str::to_owned));
    }
}

/// The watch over a silent caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Silence {
    pub(in crate::machine) deadline: Option<UnixMs>,
    /// They were already asked whether they are still there.
    pub(in crate::machine) prompted: bool,
}

/// Returns the transcript line for speech that nobody transcribed.
pub fn without_words(speech_ms: u64) -> String {
    format!("(speech, {}.{} s)", speech_ms / 1000, speech_ms % 1000 / 100)
}
