//! The tool `take_message`: what the caller says after a tone is kept as an activity with its audio.

use serde::Deserialize;
use serde_json::json;

use super::ToolDefinition;

/// Arguments of `take_message`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeMessage {}

pub(super) fn definition() -> ToolDefinition {
    ToolDefinition {
        name: "take_message",
        description: "Takes a spoken message from the caller, who is asked to speak after a tone. \
                      The answer comes when the message is kept.",
        parameters: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
    }
}
