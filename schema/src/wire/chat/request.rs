//! A request.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::calls::ToolRequest;

/// A tool that the model may ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatTool {
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Arc<Value>,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The model's instructions.
    System(String),
    /// Words of the caller.
    User(String),
    /// Words and tool requests of the model.
    Assistant {
        /// Its words, possibly none.
        text: String,
        /// The tools that it requested. Each one must be followed by its result.
        calls: Vec<ToolRequest>,
    },
    /// Result of a tool.
    Tool {
        /// Id of the request.
        id: String,
        /// The result.
        content: String,
    },
}

impl Message {
    fn to_json(&self) -> Value {
        match self {
            Self::System(text) => json!({ "role": "system", "content": text }),
            Self::User(text) => json!({ "role": "user", "content": text }),
            Self::Assistant { text, calls } if calls.is_empty() => {
                json!({ "role": "assistant", "content": text })
            }
            Self::Assistant { text, calls } => {
                let call = |call: &ToolRequest| {
                    let function = json!({ "name": call.name, "arguments": as_object(&call.arguments) });
                    json!({ "id": call.id, "type": "function", "function": function })
                };
                let calls: Vec<Value> = calls.iter().map(call).collect();
                let content = if text.is_empty() { Value::Null } else { json!(text) };
                json!({ "role": "assistant", "content": content, "tool_calls": calls })
            }
            Self::Tool { id, content } => json!({ "role": "tool", "tool_call_id": id, "content": content }),
        }
    }
}

/// Returns the arguments of an earlier request in a form that every server accepts. Many servers parse them and refuse the whole
/// conversation each time if they aren't an object. That happens with the empty text of a tool without arguments, or with JSON
/// that the model left unfinished.
fn as_object(arguments: &str) -> &str {
    let is_object = serde_json::from_str::<Map<String, Value>>(arguments).is_ok();
    if is_object { arguments } else { "{}" }
}

/// The maximum length of an answer, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerLimit {
    /// Under OpenAI's name: its newer models refuse the other one.
    OfOpenAi(u32),
    /// Under the name that all other servers use.
    OfOthers(u32),
}

/// A request for an answer that streams.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The model.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The tools that the model may request.
    pub tools: Vec<ChatTool>,
    /// The maximum length of the answer; none for the server's own limit.
    pub limit: Option<AnswerLimit>,
}

impl ChatRequest {
    /// Returns the body, as JSON.
    pub fn to_text(&self) -> String {
        let messages: Vec<Value> = self.messages.iter().map(Message::to_json).collect();
        let mut body = json!({
            "model": self.model,
            "messages": messages,
            "stream": true,
            "stream_options": { "include_usage": true },
        });
        if !self.tools.is_empty() {
            let tool = |tool: &ChatTool| {
                let function = json!({ "name": tool.name, "description": tool.description, "parameters": *tool.parameters });
                json!({ "type": "function", "function": function })
            };
            body["tools"] = self.tools.iter().map(tool).collect();
        }
        match self.limit {
            Some(AnswerLimit::OfOpenAi(tokens)) => body["max_completion_tokens"] = json!(tokens),
            Some(AnswerLimit::OfOthers(tokens)) => body["max_tokens"] = json!(tokens),
            None => {}
        }
        body.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_with_tools_are_written_in_the_apis_form() {
        let call = ToolRequest { id: "call_1".into(), name: "end_call".into(), arguments: "{}".into() };
        let request = ChatRequest {
            model: "gpt-4.1-mini".to_owned(),
            messages: vec![
                Message::System("You answer the phone.".to_owned()),
                Message::User("Bye.".to_owned()),
                Message::Assistant { text: String::new(), calls: vec![call] },
                Message::Tool { id: "call_1".to_owned(), content: "{}".to_owned() },
                Message::Assistant { text: "Goodbye.".to_owned(), calls: Vec::new() },
            ],
            tools: vec![ChatTool {
                name: "end_call".to_owned(),
                description: "Ends the call.".to_owned(),
                parameters: Arc::new(json!({ "type": "object" })),
            }],
            limit: None,
        };
        let body: Value = serde_json::from_str(&request.to_text()).unwrap();
        assert_eq!(body["stream"], true);
        assert_eq!(body["messages"][0]["role"], "system");
        assert_eq!(body["messages"][2]["content"], Value::Null);
        assert_eq!(body["messages"][2]["tool_calls"][0]["function"]["name"], "end_call");
        assert_eq!(body["messages"][3]["tool_call_id"], "call_1");
        assert_eq!(body["messages"][4], json!({ "role": "assistant", "content": "Goodbye." }));
        assert_eq!(body["tools"][0]["function"]["parameters"]["type"], "object");
        let bare = ChatRequest { tools: Vec::new(), ..request };
        let body: Value = serde_json::from_str(&bare.to_text()).unwrap();
        assert!(body.get("tools").is_none(), "some servers refuse an empty list");
    }

    #[test]
    fn repeated_arguments_are_always_a_json_object() {
        let sent = |arguments: &str| {
            let call =
                ToolRequest { id: "a".into(), name: "end_call".into(), arguments: arguments.to_owned() };
            let messages = vec![Message::Assistant { text: String::new(), calls: vec![call] }];
            let request = ChatRequest { model: "m".to_owned(), messages, tools: Vec::new(), limit: None };
            let body: Value = serde_json::from_str(&request.to_text()).unwrap();
            body["messages"][0]["tool_calls"][0]["function"]["arguments"].clone()
        };
        for whole in ["{}", r#"{"target": "sales"}"#, " {\"a\":\n1} "] {
            assert_eq!(sent(whole), whole, "as it was written");
        }
        for odd in ["", " ", "null", "[1]", r#"{"target": "sal"#, "sales"] {
            assert_eq!(sent(odd), "{}", "{odd:?}");
        }
    }

    #[test]
    fn an_answers_limit_has_two_names_and_may_be_absent() {
        let limits = |limit: Option<AnswerLimit>| {
            let request =
                ChatRequest { model: "m".to_owned(), messages: Vec::new(), tools: Vec::new(), limit };
            let body: Value = serde_json::from_str(&request.to_text()).unwrap();
            [body.get("max_tokens").cloned(), body.get("max_completion_tokens").cloned()]
        };
        assert_eq!(limits(None), [None, None], "some servers refuse members that they do not know");
        assert_eq!(limits(Some(AnswerLimit::OfOthers(300))), [Some(json!(300)), None]);
        assert_eq!(limits(Some(AnswerLimit::OfOpenAi(300))), [None, Some(json!(300))]);
    }
}
