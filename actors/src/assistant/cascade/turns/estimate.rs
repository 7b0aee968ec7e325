//! Estimates the tokens of an answer that was abandoned before its server reported them, from the request and the received text.

use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::chat::{ChatTool, Message};

/// Bytes of text that count as one token.
const TOKEN_BYTES: usize = 4;

/// Estimates the tokens of a request of this size and of the part of the answer that was received.
pub(super) fn tokens(request_bytes: usize, answer_bytes: usize) -> TokenUsage {
    let tokens = |bytes: usize| bytes.div_ceil(TOKEN_BYTES) as u64;
    TokenUsage {
        text_input: tokens(request_bytes),
        text_output: tokens(answer_bytes),
        ..TokenUsage::default()
    }
}

/// Counts the bytes of text in messages.
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

/// Counts the bytes of text that describe tools.
pub(super) fn tool_bytes(tools: &[ChatTool]) -> usize {
    let bytes =
        |tool: &ChatTool| tool.name.len() + tool.description.len() + tool.parameters.to_string().len();
    tools.iter().map(bytes).sum()
}
