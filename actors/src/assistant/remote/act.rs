//! Actions that a session orders.

use std::time::Duration;

use cordboard_schema::audio::{Frame, WireFormat};
use cordboard_schema::ids::{ItemId, OutsideId};
use cordboard_schema::line::Line;
use cordboard_schema::usage::TokenUsage;
use serde_json::Value;

use super::loss::LinkId;
use crate::assistant::provider::ProviderFault;
use crate::assistant::sounds::Prompt;

/// One thing that a session wants done, in the order in which it is given; `M` is a message of its provider's wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Act<M> {
    /// Connect; the answer is that it is connected, or lost.
    Connect(LinkId),
    /// Send a message.
    Send(LinkId, Box<M>),
    /// From now on the caller's audio goes to this connection, in this format, and to no other.
    Hear(LinkId, WireFormat),
    /// Close a connection; nothing of it is wanted any more, not even its end.
    Close(LinkId),
    /// Tell the call that the assistant is there.
    Ready,
    /// Tell the call by which name the provider knows it.
    KnownAs(OutsideId),
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
    /// The utterance was cut after so many ms; these are the words that were heard of it, as the provider says.
    CompleteCut {
        /// The words.
        text: String,
        /// Milliseconds of it that were heard.
        heard_ms: u64,
    },
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
        /// The tokens used.
        usage: TokenUsage,
    },
    /// Note what the way from the provider to us and back takes, as the provider measures it.
    RoundTrip(Duration),
    /// Write to the log what an operator should look at.
    Warn(String),
    /// The assistant can't go on.
    Fail(ProviderFault),
}
