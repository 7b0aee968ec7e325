//! Tokens of an answer that was given up before its server reported them: estimated by its request and by what had come of it.

use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::chat::{ChatTool, Message};

/// Bytes of text that count as a token.
const TOKEN_BYTES: usize = 4;

/// Tokens of a request of so many bytes, of whose answer so many have come.
pub(super) fn tokens(request_bytes: usize, answer_bytes: usize) -> TokenUsage {
    let tokens = |bytes: usize| bytes.div_ceil(TOKEN_BYTES) as u64;
    TokenUsage {
        text_input: tokens(request_bytes),
        text_output: tokens(answer_bytes),
        ..TokenUsage::default()
    }
}

/// Bytes of text in messages.
pub(super) fn message_bytes(messages: &[Message]) -> usize {
    let bytes = |message: &Message| match message {
        Message::System(text) | Message::User(text) => text.len(),
        Message::Assistant { text, calls } => {
            text.len() + calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>()
        }
        Message::Tool { content, .. } => content.len(),
    };
    messages.iter().map(bytes).sum()
}

/// Bytes of text that describe tools.
pub(super) fn tool_bytes(tools: &[ChatTool]) -> usize {
    let bytes =
        |tool: &ChatTool| tool.name.len() + tool.description.len() + tool.parameters.to_string().len();
    tools.iter().map(bytes).sum()
}
