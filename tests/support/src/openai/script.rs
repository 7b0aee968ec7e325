//! The script of the model's words, actions and faults, which a test writes before the call.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;

/// The server that the stand-in behaves like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// OpenAI, since its API is generally available.
    #[default]
    Ga,
    /// The earlier events and sessions, as in speaches: no `response.cancel`, no `conversation.item.truncate`.
    Beta,
    /// GA's names, but all audio is 16-bit PCM at the requested rate, and a truncation is not answered.
    LocalAi,
}

/// The opening of a connection, until its session is up.
#[derive(Debug, Clone, PartialEq)]
pub enum Door {
    /// A session of this length; an hour by default.
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
    /// The TCP connection is up, and nothing more is sent: no upgrade.
    Mute,
    /// The upgrade is done, and nothing more is sent: no `session.created`.
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
    /// The connection is reset without a closing frame: clients call that 1006.
    Abort,
    /// All connections are reset, and new ones are cut at once, for this long.
    Leaves(Duration),
    /// Nothing is sent any more; the connection is up and is read.
    Hang,
    /// The network between the two lets nothing through for this long, in either direction. The test that makes it stall states that here, because
    /// what is sent meanwhile crosses on the way.
    Stalls(Duration),
    /// A text frame that is not JSON.
    MalformedJson,
    /// A binary frame.
    Binary,
    /// Unknown events.
    UnknownEvents,
    /// An `error` event of this type and code; the session goes on.
    Error {
        /// `error.type`.
        kind: String,
        /// `error.code`.
        code: String,
    },
    /// The session expires: its `error`, and then the close, on this one connection.
    Expire,
    /// Another response begins while this one runs.
    Overlap(Box<Answer>),
}

/// The recognized words of a caller's turn, and when they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// These, this long after the turn's end.
    Heard(String, Duration),
    /// Nothing: the transcription fails.
    Failed,
    /// It is never sent.
    Never,
}

/// The reported usage of every response, in tokens.
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

/// The input that a response answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The client asked for it: the greeting, or a line.
    Request,
    /// The caller's turn ended.
    Turn,
    /// The outputs of tools arrived.
    Tools,
}

/// Everything that happens at a stand-in. Answers are used in order, over all its connections; when they run out, it says
/// [`Script::OTHERWISE`].
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
    /// Its answer without a script: words, tone in Hz, length in ms.
    pub const OTHERWISE: (&str, f64, u64) = ("I see.", 900.0, 600);

    /// A script in which every response is [`Script::OTHERWISE`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets its dialect.
    #[must_use]
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Sets the usage of every response.
    #[must_use]
    pub fn usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// Adds unknown members to every event, and unknown events between them.
    #[must_use]
    pub fn with_strangers(self) -> Self {
        Self { strangers: true, ..self }
    }

    /// Sets what the next connection gets. Connections without a script get a session.
    #[must_use]
    pub fn door(mut self, door: Door) -> Self {
        self.doors.push_back(door);
        self
    }

    /// While it is unreachable it accepts connections and sends nothing on them; otherwise it cuts them. Only OpenAI's stand-in uses this.
    #[must_use]
    pub fn mute_when_gone(self) -> Self {
        Self { is_mute_when_gone: true, ..self }
    }

    /// Answers the client's next request for a response; the first is the greeting.
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
