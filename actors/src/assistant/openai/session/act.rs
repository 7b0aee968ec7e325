//! What a session wants done, and what it is told of its connections.

use cordboard_schema::audio::Frame;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::openai::{AudioFormat, ClientMessage};
use serde_json::Value;

use crate::assistant::provider::ProviderFault;
use crate::assistant::sounds::Prompt;

/// A connection to the provider, by number; a call's connections are never numbered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// One thing that a session wants done, in the order in which it is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Connect; the answer is [`Session::connected`](super::Session::connected) or
    /// [`Session::lost`](super::Session::lost).
    Connect(LinkId),
    /// Send an event.
    Send(LinkId, Box<ClientMessage>),
    /// From now on the caller's audio goes to this connection, in this format, and to no other.
    Hear(LinkId, AudioFormat),
    /// Close a connection; nothing of it is wanted any more, not even its end.
    Close(LinkId),
    /// Tell the call that the assistant is there.
    Ready,
    /// Tell the call that the provider is lost and is being connected anew.
    Interrupted(ProviderFault),
    /// Tell the call that the conversation goes on.
    Restored {
        /// Attempts that it took.
        attempts: u32,
        /// Milliseconds without a provider.
        away_ms: u64,
    },
    /// Begin an utterance; the one before it is complete.
    Begin {
        /// The number that it will have.
        item: ItemId,
        /// The order that it answers, if any.
        line: Option<Line>,
    },
    /// Give audio of the utterance.
    Speak(Frame),
    /// Give a shipped recording as audio of the utterance.
    Play(Prompt),
    /// The utterance is complete; these are its words.
    Complete(String),
    /// Tell the call that the caller begins to speak.
    SpeechStarted,
    /// Tell the call that the caller has spoken for so many ms.
    SpeechStopped(u64),
    /// Tell the call what the caller said.
    Transcript(String),
    /// Ask the call for a tool.
    CallTool {
        /// The provider's id.
        tool_call: String,
        /// The tool's name as the model wrote it.
        name: String,
        /// The arguments.
        arguments: Value,
    },
    /// Tell the call what was used.
    Used {
        /// The model.
        model: String,
        /// The provider's id of the answer or the item.
        source: String,
        /// How much.
        usage: TokenUsage,
    },
    /// Write to the log what an operator should look at.
    Warn(String),
    /// The assistant can't go on.
    Fail(ProviderFault),
}

/// Whether a lost connection may be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The provider would refuse again.
    Never,
    /// It may stand the next time.
    Soon,
}

/// A connection that was lost, or never made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What happened.
    pub fault: ProviderFault,
    /// Whether another attempt is worth it.
    pub retry: Retry,
}
