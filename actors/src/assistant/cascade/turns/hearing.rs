//! The caller's speech that has not become a turn yet.

use cordboard_schema::time::UnixMs;

use super::backchannel::is_backchannel;

/// Bytes of one turn's words: far more than anyone says at once.
const WORDS_BYTES_MAX: usize = 16 * 1024;

/// See the module's description.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hearing {
    /// Final words.
    finals: String,
    /// Words after them that may still change.
    partial: String,
    /// When the current speech began, judged by the sound.
    pub(super) speaking_since: Option<UnixMs>,
    /// When the last speech ended.
    quiet_since: UnixMs,
    /// The sound of these words was detected.
    was_loud: bool,
    /// When the newest words arrived.
    pub(super) words_at: UnixMs,
    /// The pause after the words that the recognizer has reported: the time of the report, and the pause's length at that time.
    pause: Option<(UnixMs, u64)>,
    /// The recognizer was asked for the final words.
    pub(super) was_asked: bool,
    /// These words were taken before they were final: later versions of them are ignored.
    is_ahead: bool,
    /// When the last speech ended, if its words have not arrived.
    pub(super) wordless_since: Option<UnixMs>,
}

impl Hearing {
    /// Returns the state of a caller who has not spoken.
    pub(super) fn new(now: UnixMs) -> Self {
        Self {
            finals: String::new(),
            partial: String::new(),
            speaking_since: None,
            quiet_since: now,
            was_loud: false,
            words_at: now,
            pause: None,
            was_asked: false,
            is_ahead: false,
            wordless_since: None,
        }
    }

    /// Returns all words so far.
    pub(super) fn text(&self) -> String {
        match (self.finals.as_str(), self.partial.as_str()) {
            (finals, "") => finals.to_owned(),
            ("", partial) => partial.to_owned(),
            (finals, partial) => format!("{finals} {partial}"),
        }
    }

    /// Returns whether there are no words.
    pub(super) fn is_wordless(&self) -> bool {
        self.finals.is_empty() && self.partial.is_empty()
    }

    /// Returns whether no words have arrived for speech since this time.
    pub(super) fn is_wordless_since(&self, since: UnixMs) -> bool {
        self.is_wordless() || self.words_at <= since
    }

    /// Returns whether the caller spoke after the newest words arrived.
    pub(super) fn has_spoken_on(&self) -> bool {
        self.words_at < self.quiet_since
    }

    /// Returns whether some words may still change.
    pub(super) fn is_open(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Returns whether the words mean something, and aren't only a backchannel.
    pub(super) fn says_something(&self) -> bool {
        let text = self.text();
        !text.is_empty() && !is_backchannel(&text)
    }

    /// Notes that speech began at this time.
    pub(super) fn started(&mut self, since: UnixMs) {
        self.speaking_since = Some(since);
        self.was_loud = true;
        self.pause = None;
        self.is_ahead = false;
        self.wordless_since = None;
    }

    /// Notes that speech ended at this time.
    pub(super) fn stopped(&mut self, since: UnixMs) {
        self.speaking_since = None;
        self.quiet_since = since;
        if self.is_wordless() {
            self.wordless_since = Some(since);
        }
    }

    /// Takes words of the recognizer.
    pub(super) fn words(&mut self, text: &str, is_final: bool, now: UnixMs) {
        if self.is_ahead {
            self.is_ahead = !is_final;
            return;
        }
        if !text.is_empty() {
            self.words_at = now;
            self.wordless_since = None;
            self.was_asked = false;
            if !is_final {
                self.pause = None;
            }
        }
        self.partial.clear();
        if is_final {
            self.add(text);
        } else {
            self.partial.push_str(text);
        }
    }

    fn add(&mut self, text: &str) {
        if text.is_empty() || self.finals.len() + text.len() > WORDS_BYTES_MAX {
            return;
        }
        if !self.finals.is_empty() {
            self.finals.push(' ');
        }
        self.finals.push_str(text);
    }

    /// Accepts words that may still change as final.
    pub(super) fn settle_for_partial(&mut self) {
        let partial = std::mem::take(&mut self.partial);
        self.add(&partial);
        self.is_ahead = true;
    }

    /// Notes the pause after the words that the recognizer reports.
    pub(super) fn paused(&mut self, ms: u64, now: UnixMs) {
        self.pause = Some((now, ms));
    }

    /// Returns since when the caller has been silent after the words, as far as that is known.
    pub(super) fn silent_since(&self) -> Option<UnixMs> {
        let silent_from = self.pause.map(|(at, ms)| at - ms);
        let heard = match (self.speaking_since, self.was_loud) {
            (Some(_), _) => None,
            (None, true) => Some(self.quiet_since),
            // The speech was too quiet for our own detector.
            (None, false) => Some(self.words_at),
        };
        heard.into_iter().chain(silent_from).min()
    }

    /// Takes the words, to use them as a turn or to drop them.
    pub(super) fn take(&mut self) -> String {
        let text = self.text();
        self.finals.clear();
        self.partial.clear();
        self.pause = None;
        self.was_asked = false;
        self.wordless_since = None;
        self.was_loud = self.speaking_since.is_some();
        text
    }
}
