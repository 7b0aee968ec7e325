//! Script of the model's words, actions and faults: a test writes it down before the call.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;

/// The server whose manners the stand-in has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// OpenAI, since its API is generally available.
    #[default]
    Ga,
    /// The events and sessions of before, as in speaches: no `response.cancel`, no `conversation.item.truncate`.
    Beta,
    /// GA's names, but all audio is 16-bit PCM at the rate asked for, and a truncation is not answered.
    LocalAi,
}

/// Outcome of one connection before a session is up.
#[derive(Debug, Clone, PartialEq)]
pub enum Door {
    /// A session, for so long; an hour where it is not said.
    Open {
        /// How long it lasts.
        expires_in: Option<Duration>,
    },
    /// The upgrade is refused.
    Refuse {
        /// HTTP status.
        status: u16,
        /// `error.code` of the body.
        code: String,
        /// `Retry-After`, in seconds.
        retry_after_s: Option<u32>,
    },
    /// The upgrade comes late.
    Slow(Duration),
    /// The TCP connection is up, and nothing more is said: no upgrade.
    Mute,
    /// The upgrade is done, and nothing more is said: no `session.created`.
    Silent,
    /// The upgrade is done, and instead of a session comes an `error` with this code, and the end.
    NoSession(String),
    /// The upgrade is done, and closed at once with this code.
    Close(u16),
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// The connection is closed with this code.
    Close(u16),
    /// The connection is reset without a closing frame: what clients call 1006.
    Abort,
    /// All connections are reset, and new ones are cut before a word, for so long.
    Leaves(Duration),
    /// Nothing is sent any more; the connection is up and is read.
    Hang,
    /// The network between the two lets nothing through for so long, in neither direction: the test that makes it stall says it here, for
    /// what is sent meanwhile crosses on the way.
    Stalls(Duration),
    /// A text frame that is no JSON.
    MalformedJson,
    /// A binary frame.
    Binary,
    /// Events that nobody knows.
    UnknownEvents,
    /// An `error` event of this type and code; the session goes on.
    Error {
        /// `error.type`.
        kind: String,
        /// `error.code`.
        code: String,
    },
    /// The session expires: its `error`, and after it the close, on this one connection.
    Expire,
    /// Another response begins while this one runs.
    Overlap(Box<Answer>),
}

/// Words that are recognized of a caller's turn, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// These, so long after the turn's end.
    Heard(String, Duration),
    /// Nothing: the transcription fails.
    Failed,
    /// It is never sent.
    Never,
}

/// Reported usage of every response, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Text in, cached or not.
    pub text_in: u64,
    /// Of these, from the cache.
    pub text_in_cached: u64,
    /// Audio in, cached or not.
    pub audio_in: u64,
    /// Of these, from the cache.
    pub audio_in_cached: u64,
    /// Text out.
    pub text_out: u64,
    /// Audio out.
    pub audio_out: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            text_in: 1000,
            text_in_cached: 400,
            audio_in: 600,
            audio_in_cached: 100,
            text_out: 50,
            audio_out: 300,
        }
    }
}

impl Usage {
    pub(crate) fn to_json(self) -> Value {
        let (input, output) = (self.text_in + self.audio_in, self.text_out + self.audio_out);
        json!({
            "total_tokens": input + output, "input_tokens": input, "output_tokens": output,
            "input_token_details": {
                "text_tokens": self.text_in, "audio_tokens": self.audio_in, "image_tokens": 0,
                "cached_tokens": self.text_in_cached + self.audio_in_cached,
                "cached_tokens_details": {
                    "text_tokens": self.text_in_cached, "audio_tokens": self.audio_in_cached,
                    "image_tokens": 0,
                },
            },
            "output_token_details": { "text_tokens": self.text_out, "audio_tokens": self.audio_out },
        })
    }
}

/// Cause of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The client asked for it: the greeting, or a line.
    Request,
    /// The caller's turn ended.
    Turn,
    /// The outputs of tools came.
    Tools,
}

/// Everything that happens at a stand-in. Answers are taken in order, over all its connections; when they run out, it
/// says [`Script::OTHERWISE`].
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub(crate) dialect: Dialect,
    pub(crate) usage: Usage,
    pub(crate) strangers: bool,
    doors: VecDeque<Door>,
    requests: VecDeque<Answer>,
    turns: VecDeque<Answer>,
    tools: VecDeque<Answer>,
    words: VecDeque<Words>,
    turns_heard: usize,
    is_mute_when_gone: bool,
}

impl Script {
    /// Speech without a script: words, tone in Hz, length in ms.
    pub const OTHERWISE: (&str, f64, u64) = ("I see.", 900.0, 600);

    /// A script in which every response is [`Script::OTHERWISE`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has these manners.
    #[must_use]
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Every response used so much.
    #[must_use]
    pub fn usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// Adds members that nobody knows to every event, and unknown events between them.
    #[must_use]
    pub fn with_strangers(self) -> Self {
        Self { strangers: true, ..self }
    }

    /// The next connection finds this. Those that are not scripted find a session.
    #[must_use]
    pub fn door(mut self, door: Door) -> Self {
        self.doors.push_back(door);
        self
    }

    /// While it is gone it takes connections and says nothing on them; else it cuts them. Of OpenAI's stand-in alone.
    #[must_use]
    pub fn mute_when_gone(self) -> Self {
        Self { is_mute_when_gone: true, ..self }
    }

    /// Answers the next request of the client for a response: first the greeting.
    #[must_use]
    pub fn greeting(mut self, answer: Answer) -> Self {
        self.requests.push_back(answer);
        self
    }

    /// Answers the caller's next turn.
    #[must_use]
    pub fn turn(mut self, answer: Answer) -> Self {
        self.turns.push_back(answer);
        self
    }

    /// Answers the next outputs of tools.
    #[must_use]
    pub fn after_tools(mut self, answer: Answer) -> Self {
        self.tools.push_back(answer);
        self
    }

    /// Sets the recognized words of the caller's next turn.
    #[must_use]
    pub fn words(mut self, words: Words) -> Self {
        self.words.push_back(words);
        self
    }

    pub(crate) const fn is_mute_when_gone(&self) -> bool {
        self.is_mute_when_gone
    }

    pub(crate) fn next_door(&mut self) -> Door {
        self.doors.pop_front().unwrap_or(Door::Open { expires_in: None })
    }

    pub(crate) fn next_answer(&mut self, cause: Cause) -> Answer {
        let answers = match cause {
            Cause::Request => &mut self.requests,
            Cause::Turn => &mut self.turns,
            Cause::Tools => &mut self.tools,
        };
        answers.pop_front().unwrap_or_else(|| {
            let (text, hz, length_ms) = Self::OTHERWISE;
            Answer::say(text, hz, Duration::from_millis(length_ms))
        })
    }

    pub(crate) fn next_words(&mut self) -> Words {
        self.turns_heard += 1;
        let otherwise =
            || Words::Heard(format!("Words of turn {}.", self.turns_heard), Duration::from_millis(150));
        self.words.pop_front().unwrap_or_else(otherwise)
    }
}
