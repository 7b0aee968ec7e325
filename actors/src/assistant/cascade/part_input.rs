//! Messages of the session to the three parts that speak for it.

use std::sync::Arc;

use cordboard_schema::wire::chat::ChatTool;

use crate::assistant::remote::memory::Turn;
use crate::tools::ToolDefinition;

/// One such message.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum PartInput {
    /// Begins the conversation.
    Open(Box<Opened>),
    /// Information for the model that needs no answer.
    Know(String),
    /// Says these words verbatim.
    Say(String),
    /// Instructs the model to do this, in its own words.
    Do(String),
    /// The result of a tool.
    Result {
        /// Id of the request.
        id: String,
        /// The output, as JSON.
        output: String,
    },
    /// Replaces the list of available tools.
    Offer(Vec<ChatTool>),
    /// Only this part of these words was heard.
    Heard {
        /// All of the words.
        said: String,
        /// The part that was heard.
        heard: String,
    },
    /// Keeps the connection open while no audio arrives.
    KeepAlive,
    /// Audio of the caller.
    Audio(Arc<[u8]>),
}

/// The beginning of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Opened {
    /// The model's instructions.
    pub(super) instructions: String,
    /// The conversation so far, oldest first.
    pub(super) turns: Vec<Turn>,
    /// The available tools.
    pub(super) tools: Vec<ChatTool>,
}

/// Converts the tools of a call to the form of chat completions.
pub(super) fn chat_tools(tools: &[ToolDefinition]) -> Vec<ChatTool> {
    let tool = |tool: &ToolDefinition| ChatTool {
        name: tool.name.to_string(),
        description: tool.description.to_string(),
        parameters: Arc::clone(&tool.parameters),
    };
    tools.iter().map(tool).collect()
}
