//! Orders of a call to its assistant.

use std::sync::Arc;

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::tool::ToolOutcome;

use crate::tools::ToolDefinition;

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub enum AssistantOrder {
    /// Say a line, now.
    Say(Line),
    /// Say these words, now. Only to one that can say any text.
    SayText(String),
    /// Take up a conversation that another assistant has left: answer the caller's last words, or finish the interrupted ones. Greet
    /// nobody. It got the earlier conversation at its start.
    GoOn,
    /// Serve the call from now on, in the place of the one that did until now.
    TakeOver {
        /// The conversation so far, oldest first.
        said: Vec<SpokenLine>,
        /// The number of its first utterance.
        first_item: ItemId,
    },
    /// The caller has written this in place of saying it: a turn of theirs, to be answered. It was written down already.
    CallerTyped(String),
    /// The part of an utterance that was heard: at its end, or when it was cut.
    Heard {
        /// The utterance.
        item: ItemId,
        /// Milliseconds of it that the caller was given.
        heard_ms: u64,
        /// Whether to its end.
        end: PlayedEnd,
    },
    /// Something that it did not see, in words: to be known, and not to be answered.
    Happened(String),
    /// Attention to the caller's speech from now on.
    Attend(Attention),
    /// From now on it may ask for these tools, and no others.
    Tools(Arc<[ToolDefinition]>),
    /// The answer to a tool call.
    ToolResult {
        /// The provider's id of the request.
        tool_call: String,
        /// Outcome of the tool.
        outcome: ToolOutcome,
    },
    /// The call lives again and may have missed something: say once more what stands. The headset does it, no provider
    /// hears of it.
    Resync,
    /// The call is over: close the connection.
    Stop,
}

/// An assistant's attention to the caller's speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Answer it.
    Converse,
    /// It is a message being taken, or the call is closing: report speech, answer nothing.
    Listen,
}
