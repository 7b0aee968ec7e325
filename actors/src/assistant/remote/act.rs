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

/// One thing that a session wants done, in the order in which it is returned; `M` is a message of its provider's wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Act<M> {
    /// Connect; the result is reported as connected or lost.
    Connect(LinkId),
    /// Send a message.
    Send(LinkId, Box<M>),
    /// Send the caller's audio to this connection from now on, in this format, and to no other.
    Hear(LinkId, WireFormat),
    /// Close a connection; nothing of it is wanted any more, not even its end.
    Close(LinkId),
    /// Report to the call that the assistant is ready.
    Ready,
    /// Report to the call the provider's name for it.
    KnownAs(OutsideId),
    /// Report to the call that the provider is lost and that the session reconnects.
    Interrupted(ProviderFault),
    /// Report to the call that the conversation goes on.
    Restored {
        /// Number of attempts.
        attempts: u32,
        /// Milliseconds without a provider.
        away_ms: u64,
    },
    /// Begin an utterance; the previous one is complete.
    Begin {
        /// The number that it will have.
        item: ItemId,
        /// The order that it answers, if any.
        line: Option<Line>,
    },
    /// Send audio of the utterance.
    Speak(Frame),
    /// Play a shipped recording as audio of the utterance.
    Play(Prompt),
    /// Complete the utterance, with its words.
    Complete(String),
    /// Complete the utterance, which was interrupted, with the words that were heard according to the provider.
    CompleteCut {
        /// The words.
        text: String,
        /// Milliseconds of it that were heard.
        heard_ms: u64,
    },
    /// Report to the call that the caller begins to speak.
    SpeechStarted,
    /// Report to the call that the caller has spoken for this many ms.
    SpeechStopped(u64),
    /// Report to the call what the caller said.
    Transcript(String),
    /// Request a tool from the call.
    CallTool {
        /// The provider's id.
        tool_call: String,
        /// The tool's name as the model wrote it.
        name: String,
        /// The arguments.
        arguments: Value,
    },
    /// Report usage to the call.
    Used {
        /// The model.
        model: String,
        /// The provider's id of the answer or the item.
        source: String,
        /// The tokens used.
        usage: TokenUsage,
    },
    /// Record the round-trip time to the provider, as the provider measures it.
    RoundTrip(Duration),
    /// Log a warning for the operator.
    Warn(String),
    /// The assistant can't go on.
    Fail(ProviderFault),
}
