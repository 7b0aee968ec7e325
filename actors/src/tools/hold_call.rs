//! The tool `hold_call`: the caller hears music, and the assistant hears nothing, until `unhold_call`.

use serde::Deserialize;
use serde_json::json;

use super::ToolDefinition;

/// Arguments of `hold_call`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldCall {}

pub(super) fn definition() -> ToolDefinition {
    ToolDefinition {
        name: "hold_call",
        description: "Puts the caller on hold: they hear music, and you hear nothing. Tell them first. Take them back with unhold_call.",
        parameters: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
    }
}
