//! The tool `check_extension`: whether a person can be reached at a named extension, and how that was found out.

use serde::Deserialize;
use serde_json::json;

use super::ToolDefinition;

/// Arguments of `check_extension`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckExtension {
    /// A name from the list.
    pub target: String,
}

pub(super) fn definition(targets: &[&str]) -> ToolDefinition {
    ToolDefinition {
        name: "check_extension",
        description: "Finds out whether somebody can be reached at an extension of the list, without ringing it.",
        parameters: json!({
            "type": "object",
            "properties": { "target": { "type": "string", "enum": targets } },
            "required": ["target"],
            "additionalProperties": false,
        }),
    }
}
