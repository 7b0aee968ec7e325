//! Messages of the session to the three parts that speak for it.

use std::sync::Arc;

use cordboard_schema::wire::chat::ChatTool;

use crate::assistant::remote::memory::Turn;
use crate::tools::ToolDefinition;

/// One input of them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum PartInput {
    /// The conversation begins.
    Open(Box<Opened>),
    /// Something to be known, and not to be answered.
    Know(String),
    /// These words are said, each of them.
    Say(String),
    /// This is to be done, and words are found for it.
    Do(String),
    /// A tool gave this.
    Result {
        /// Id of the request.
        id: String,
        /// The output, as JSON.
        output: String,
    },
    /// There are these tools from now on.
    Offer(Vec<ChatTool>),
    /// Only this part of these words was heard.
    Heard {
        /// All of them.
        said: String,
        /// Their beginning.
        heard: String,
    },
    /// No audio comes at the moment, and the call goes on.
    KeepAlive,
    /// Audio of the caller.
    Audio(Arc<[u8]>),
}

/// Beginning of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Opened {
    /// The model's instructions.
    pub(super) instructions: String,
    /// The conversation so far, oldest first.
    pub(super) turns: Vec<Turn>,
    /// The tools that there are.
    pub(super) tools: Vec<ChatTool>,
}

/// The tools of a call in the form of chat completions.
pub(super) fn chat_tools(tools: &[ToolDefinition]) -> Vec<ChatTool> {
    let tool = |tool: &ToolDefinition| ChatTool {
        name: tool.name.to_string(),
        description: tool.description.to_string(),
        parameters: Arc::clone(&tool.parameters),
    };
    tools.iter().map(tool).collect()
}
