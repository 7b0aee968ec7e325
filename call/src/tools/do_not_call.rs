//! The tool `do_not_call`: the party on the call has asked not to be called again.

use cordboard_schema::digit::Digits;
use cordboard_schema::limits::LINE_CHARS_MAX;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::write::{ToolWrite, in_a_line};
use super::{FunctionDefinition, Parameters, ToolRequest};

/// Arguments of `do_not_call`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoNotCall {
    /// The caller's words, as far as the assistant knows them.
    pub said: String,
}

/// A request of the party on the call not to be called again. The number is the one that the call knows, never one that is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// How the request was made.
    pub way: OptOutChannel,
    /// The words or the pressed keys, in one line of at most 300 characters. Empty if they are unknown.
    pub said: String,
}

/// How a request not to be called again was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOutChannel {
    /// To the assistant, which called the tool.
    Assistant,
    /// By a key.
    Key,
    /// In spoken words that were recognized.
    Words,
}

/// The public definition of `do_not_call`.
pub const DO_NOT_CALL_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::DoNotCall,
    description: "Puts the number of whoever is on this call on the business's do-not-call list, when they ask not to be called again. Say that it is done only when this says so, then say goodbye.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "said": { "type": "string", "maxLength": LINE_CHARS_MAX, "description": "What they said, in their own words." },
        },
        "additionalProperties": false,
    })
}

impl DoNotCall {
    /// Returns the record for the store. Words that are too long are cut: they are no reason to call the party again.
    pub(super) fn write(self) -> ToolWrite {
        OptOut { way: OptOutChannel::Assistant, said: in_a_line(&self.said) }.write()
    }
}

impl OptOut {
    /// Returns a request made by these keys.
    pub fn by_keys(digits: &Digits) -> Self {
        Self { way: OptOutChannel::Key, said: digits.to_string() }
    }

    /// Returns a request made in these words.
    pub fn in_words(said: &str) -> Self {
        Self { way: OptOutChannel::Words, said: in_a_line(said) }
    }

    /// Returns the record for the store.
    pub fn write(self) -> ToolWrite {
        ToolWrite::DoNotCall(self)
    }

    /// Returns the tool request that has it written.
    pub(crate) fn request(self) -> ToolRequest {
        ToolRequest::Write(ToolName::DoNotCall, self.write())
    }
}
