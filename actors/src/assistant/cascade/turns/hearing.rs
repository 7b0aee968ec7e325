//! The caller's speech that has not become a turn yet.

use cordboard_schema::time::UnixMs;

use super::backchannel::is_backchannel;

/// Bytes of one turn's words: far more than anybody says in one breath.
const WORDS_BYTES_MAX: usize = 16 * 1024;

/// See the module's description.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hearing {
    /// Words that will not change.
    finals: String,
    /// Words behind them that may.
    partial: String,
    /// Since when somebody speaks, to judge by the sound.
    pub(super) speaking_since: Option<UnixMs>,
    /// Since when nobody does.
    quiet_since: UnixMs,
    /// The sound of these words was noticed.
    was_loud: bool,
    /// When words came last.
    pub(super) words_at: UnixMs,
    /// The recognizer has heard a pause behind the words: the time of its report, and the pause's length by then.
    pause: Option<(UnixMs, u64)>,
    /// The recognizer was asked for the final words.
    pub(super) was_asked: bool,
    /// These words were taken before they were final: later forms of them are left out.
    is_ahead: bool,
    /// When speech ended whose words have not come.
    pub(super) wordless_since: Option<UnixMs>,
}

impl Hearing {
    /// Nobody has spoken.
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

    /// All words so far.
    pub(super) fn text(&self) -> String {
        match (self.finals.as_str(), self.partial.as_str()) {
            (finals, "") => finals.to_owned(),
            ("", partial) => partial.to_owned(),
            (finals, partial) => format!("{finals} {partial}"),
        }
    }

    /// Whether there are no words.
    pub(super) fn is_wordless(&self) -> bool {
        self.finals.is_empty() && self.partial.is_empty()
    }

    /// Whether there is no word of what is said since then.
    pub(super) fn is_wordless_since(&self, since: UnixMs) -> bool {
        self.is_wordless() || self.words_at <= since
    }

    /// Whether somebody has spoken until later than the newest words came.
    pub(super) fn has_spoken_on(&self) -> bool {
        self.words_at < self.quiet_since
    }

    /// Whether some words may still change.
    pub(super) fn is_open(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Whether the words say something, and not only that somebody listens.
    pub(super) fn says_something(&self) -> bool {
        let text = self.text();
        !text.is_empty() && !is_backchannel(&text)
    }

    /// Somebody has spoken since then.
    pub(super) fn started(&mut self, since: UnixMs) {
        self.speaking_since = Some(since);
        self.was_loud = true;
        self.pause = None;
        self.is_ahead = false;
        self.wordless_since = None;
    }

    /// Nobody has spoken since then.
    pub(super) fn stopped(&mut self, since: UnixMs) {
        self.speaking_since = None;
        self.quiet_since = since;
        if self.is_wordless() {
            self.wordless_since = Some(since);
        }
    }

    /// Words came.
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

    /// Words that may change are taken as they are.
    pub(super) fn settle_for_partial(&mut self) {
        let partial = std::mem::take(&mut self.partial);
        self.add(&partial);
        self.is_ahead = true;
    }

    /// The recognizer reports this pause behind the words.
    pub(super) fn paused(&mut self, ms: u64, now: UnixMs) {
        self.pause = Some((now, ms));
    }

    /// Since when the caller has been silent behind the words, as far as that is known.
    pub(super) fn silent_since(&self) -> Option<UnixMs> {
        let told = self.pause.map(|(at, ms)| at - ms);
        let heard = match (self.speaking_since, self.was_loud) {
            (Some(_), _) => None,
            (None, true) => Some(self.quiet_since),
            // Too quiet for our own ear.
            (None, false) => Some(self.words_at),
        };
        heard.into_iter().chain(told).min()
    }

    /// Takes the words: they are a turn, or nobody's business.
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
