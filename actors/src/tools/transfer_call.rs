//! The tool `transfer_call`: the leg ends, and the dialplan, which asks what next, connects the caller with a named
//! extension. The target is a name from the configuration, never a number that somebody said.

use serde::Deserialize;
use serde_json::json;

use super::ToolDefinition;

/// Arguments of `transfer_call`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferCall {
    /// A name from `[extensions]`.
    pub target: String,
}

pub(super) fn definition(targets: &[&str]) -> ToolDefinition {
    ToolDefinition {
        name: "transfer_call",
        description: "Connects the caller with a person or department of the list. \
                      Tell the caller first; the assistant leaves the call.",
        parameters: json!({
            "type": "object",
            "properties": { "target": { "type": "string", "enum": targets } },
            "required": ["target"],
            "additionalProperties": false,
        }),
    }
}
