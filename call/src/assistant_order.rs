//! Orders that a call gives to its assistant.

use std::sync::Arc;

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::tool::ToolOutcome;

use crate::tools::ToolDefinition;

/// An order to the assistant.
#[derive(Clone, Debug, PartialEq)]
pub enum AssistantOrder {
    /// Say a line now.
    Say(Line),
    /// Say this text now. Only for assistants that can say any text.
    SayText(String),
    /// Continue a conversation that another assistant has left: answer the caller's last words, or finish the interrupted answer. Don't
    /// greet. The assistant received the conversation when it started.
    GoOn,
    /// Serve the call from now on, in place of the current assistant.
    TakeOver {
        /// The conversation so far, oldest first.
        said: Vec<SpokenLine>,
        /// The number of its first utterance.
        first_item: ItemId,
    },
    /// The caller has typed this instead of saying it. Answer it as a turn of theirs. It is already in the transcript.
    CallerTyped(String),
    /// How much of an utterance was heard, at its end or when it was cut.
    Heard {
        /// The utterance.
        item: ItemId,
        /// How much of it the caller was given, in ms.
        heard_ms: u64,
        /// Whether it was played to its end.
        end: PlayedEnd,
    },
    /// Something happened that the assistant did not see, in words. It should know this, but not answer it.
    Happened(String),
    /// Change how the assistant treats the caller's speech.
    Attend(Attention),
    /// From now on the assistant may call these tools and no others.
    Tools(Arc<[ToolDefinition]>),
    /// The result of a tool call.
    ToolResult {
        /// The provider's id of the request.
        tool_call: String,
        /// The tool's outcome.
        outcome: ToolOutcome,
    },
    /// The call's actor has restarted and may have missed reports: report the current state again. The headset answers this; the provider
    /// never sees it.
    Resync,
    /// The call is over: close the connection.
    Stop,
}

/// How an assistant treats the caller's speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Answer it.
    Converse,
    /// Report speech but answer nothing: a message is being taken, or the call is closing.
    Listen,
}
