//! The tool `do_not_call`: the party on the call is not called again, because they asked for that.

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

/// The wish of the party on the call not to be called again. The number is the one that the call knows, never one that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// The form of the wish.
    pub way: OptOutChannel,
    /// The words, or the keys that were pressed, in one line of at most 300 characters; empty if they are not known.
    pub said: String,
}

/// Form of a wish not to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOutChannel {
    /// To the assistant, who asked for the tool.
    Assistant,
    /// By a key.
    Key,
    /// In words that were recognized.
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
    /// The record for the store. Words that are too long are cut: they are no reason to call somebody again.
    pub(super) fn write(self) -> ToolWrite {
        OptOut { way: OptOutChannel::Assistant, said: in_a_line(&self.said) }.write()
    }
}

impl OptOut {
    /// By these keys.
    pub fn by_keys(digits: &Digits) -> Self {
        Self { way: OptOutChannel::Key, said: digits.to_string() }
    }

    /// In these words.
    pub fn in_words(said: &str) -> Self {
        Self { way: OptOutChannel::Words, said: in_a_line(said) }
    }

    /// The record for the store.
    pub fn write(self) -> ToolWrite {
        ToolWrite::DoNotCall(self)
    }

    /// The run of the tool that has it written.
    pub(crate) fn request(self) -> ToolRequest {
        ToolRequest::Write(ToolName::DoNotCall, self.write())
    }
}
