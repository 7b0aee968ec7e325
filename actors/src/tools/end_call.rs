//! The tool `end_call`: the assistant says goodbye, and the call ends when it was heard.

use serde::Deserialize;
use serde_json::json;

use super::ToolDefinition;

/// Arguments of `end_call`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndCall {}

pub(super) fn definition() -> ToolDefinition {
    ToolDefinition {
        name: "end_call",
        description: "Ends the call. Use it when the caller says goodbye or wants nothing more.",
        parameters: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
    }
}
