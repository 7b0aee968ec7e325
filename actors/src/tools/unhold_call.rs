//! The tool `unhold_call`: the caller is taken off hold.

use serde::Deserialize;
use serde_json::json;

use super::ToolDefinition;

/// Arguments of `unhold_call`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnholdCall {}

pub(super) fn definition() -> ToolDefinition {
    ToolDefinition {
        name: "unhold_call",
        description: "Takes the caller off hold. The answer says how long they waited.",
        parameters: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
    }
}
