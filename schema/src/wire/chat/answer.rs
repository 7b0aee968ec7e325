//! One event of an answer.

use serde::Deserialize;
use serde_json::Value;

use crate::usage::TokenUsage;

/// Reason for an answer's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The answer is complete, or requests tools: servers use different words for that.
    Whole,
    /// It has reached its maximum length.
    Length,
    /// The server withholds the rest.
    Filtered,
}

/// A fragment of a request for a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFragment {
    /// Index of the request in the answer; some servers don't send it.
    pub index: Option<u64>,
    /// Its id, in the first fragment, if the server has ids.
    pub id: Option<String>,
    /// The tool's name, in the first fragment.
    pub name: Option<String>,
    /// More of its arguments, as JSON text.
    pub arguments: String,
}

/// Tokens of a whole answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChunkUsage {
    /// Tokens read, including those from the cache.
    pub input: u64,
    /// How many of them came from the server's cache.
    pub input_cached: u64,
    /// Tokens written.
    pub output: u64,
}

impl ChunkUsage {
    /// Returns the same as it is priced, with the cached tokens separate.
    pub fn tokens(self) -> TokenUsage {
        TokenUsage {
            text_input: self.input.saturating_sub(self.input_cached),
            text_input_cached: self.input_cached,
            text_output: self.output,
            ..TokenUsage::default()
        }
    }
}

/// The part of an answer in one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// More words.
    pub text: String,
    /// More of the requests for tools.
    pub calls: Vec<CallFragment>,
    /// The reason for the end, if the answer is over.
    pub finish: Option<Finish>,
    /// Its usage, in the last event.
    pub usage: Option<ChunkUsage>,
}

/// Data that isn't part of an answer.
#[derive(Debug, thiserror::Error)]
pub enum BadChunk {
    /// It isn't JSON of that shape.
    #[error("the data isn't part of an answer: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The server failed during the answer.
    #[error("the server failed: {code} {message}")]
    Failed {
        /// Its code or type, as `server_error`.
        code: String,
        /// The server's reason.
        message: String,
    },
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<Fragment>>,
}

#[derive(Deserialize)]
struct Fragment {
    #[serde(default)]
    index: Option<u64>,
    /// A string; some servers write a number.
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    function: Option<Function>,
}

#[derive(Default, Deserialize)]
struct Function {
    #[serde(default)]
    name: Option<String>,
    /// A string; some servers write the object itself.
    #[serde(default)]
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<InputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

impl Fragment {
    fn read(self) -> CallFragment {
        let Self { index, id, function } = self;
        let Function { name, arguments } = function.unwrap_or_default();
        let has_text = |text: &String| !text.is_empty();
        let id = id.and_then(|id| match id {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let arguments = match arguments {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        CallFragment { index, id: id.filter(has_text), name: name.filter(has_text), arguments }
    }
}

impl Chunk {
    /// Reads the data of an event; none for the event that ends the stream.
    ///
    /// # Errors
    /// [`BadChunk`].
    pub fn parse(data: &str) -> Result<Option<Self>, BadChunk> {
        if data.trim() == "[DONE]" {
            return Ok(None);
        }
        let Event { choices, usage, error } = serde_json::from_str(data)?;
        if let Some(error) = error.filter(|error| !error.is_null()) {
            return Err(failed(&error));
        }
        let mut chunk = Self {
            usage: usage.map(|usage| ChunkUsage {
                input: usage.prompt_tokens.unwrap_or(0),
                input_cached: usage
                    .prompt_tokens_details
                    .and_then(|details| details.cached_tokens)
                    .unwrap_or(0),
                output: usage.completion_tokens.unwrap_or(0),
            }),
            ..Self::default()
        };
        // One answer was requested.
        let Some(choice) = choices.into_iter().flatten().next() else { return Ok(Some(chunk)) };
        let Delta { content, tool_calls } = choice.delta.unwrap_or_default();
        chunk.text = content.unwrap_or_default();
        chunk.calls = tool_calls.into_iter().flatten().map(Fragment::read).collect();
        chunk.finish = choice.finish_reason.map(|reason| match reason.as_str() {
            "length" => Finish::Length,
            "content_filter" => Finish::Filtered,
            _ => Finish::Whole,
        });
        Ok(Some(chunk))
    }
}

fn failed(error: &Value) -> BadChunk {
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    let code = text("code").or_else(|| text("type")).unwrap_or_default();
    let message = text("message").or_else(|| error.as_str().map(str::to_owned)).unwrap_or_default();
    BadChunk::Failed { code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(data: &str) -> Chunk {
        Chunk::parse(data).unwrap().unwrap()
    }

    #[test]
    fn an_answer_says_how_it_ended() {
        for (reason, finish) in [
            ("stop", Finish::Whole),
            ("tool_calls", Finish::Whole),
            ("length", Finish::Length),
            ("content_filter", Finish::Filtered),
        ] {
            let chunk = parse(&format!(r#"{{"choices":[{{"finish_reason":"{reason}"}}]}}"#));
            assert_eq!(chunk.finish, Some(finish), "{reason}");
        }
    }

    #[test]
    fn cached_tokens_are_priced_once() {
        let tokens = ChunkUsage { input: 100, input_cached: 30, output: 7 }.tokens();
        let priced =
            TokenUsage { text_input: 70, text_input_cached: 30, text_output: 7, ..TokenUsage::default() };
        assert_eq!(tokens, priced);
    }

    #[test]
    fn words_usage_and_the_end_are_read() {
        let chunk = parse(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"new":1}]}"#);
        assert_eq!((chunk.text.as_str(), chunk.finish), ("Hi", None));
        let chunk = parse(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#);
        assert_eq!(chunk.finish, Some(Finish::Length));
        let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,
            "prompt_tokens_details":{"cached_tokens":3}}}"#;
        assert_eq!(parse(usage).usage, Some(ChunkUsage { input: 9, input_cached: 3, output: 4 }));
        assert_eq!(Chunk::parse("[DONE]").unwrap(), None);
        assert_eq!(
            parse(r#"{"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}"#),
            Chunk::default()
        );
    }

    #[test]
    fn arguments_are_text_also_where_a_server_writes_an_object() {
        let chunk = parse(
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"","function":{"name":"f","arguments":{"a":1}}}]}}]}"#,
        );
        let [call] = &chunk.calls[..] else { panic!("{chunk:?}") };
        assert_eq!((call.id.as_deref(), call.name.as_deref()), (None, Some("f")));
        assert_eq!(call.arguments, r#"{"a":1}"#);
    }

    #[test]
    fn ids_are_text_even_when_written_as_numbers() {
        for (written, id) in [("\"call_7\"", Some("call_7")), ("7", Some("7")), ("null", None), ("[]", None)]
        {
            let chunk = parse(&format!(
                r#"{{"choices":[{{"delta":{{"tool_calls":[{{"id":{written},"function":{{"name":"f"}}}}]}}}}]}}"#
            ));
            let [call] = &chunk.calls[..] else { panic!("{chunk:?}") };
            assert_eq!((call.id.as_deref(), call.name.as_deref()), (id, Some("f")), "{written}");
        }
    }

    #[test]
    fn a_failure_within_an_answer_differs_from_malformed_data() {
        let failed =
            Chunk::parse(r#"{"error":{"message":"out of memory","type":"server_error","code":null}}"#);
        assert!(matches!(failed, Err(BadChunk::Failed { code, .. }) if code == "server_error"));
        for bad in ["", "{", "7", r#"{"choices":7}"#, r#"{"choices":[{"delta":7}]}"#] {
            assert!(matches!(Chunk::parse(bad), Err(BadChunk::Malformed(_))), "{bad}");
        }
    }
}
