//! The tool `request_handoff`: rings a person and joins them with the caller when they answer. Until then the caller stays with the
//! assistant.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::handoff_results;
use super::{FunctionDefinition, Parameters};

/// Arguments of `request_handoff`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestHandoff {
    /// A name from the list, or its number.
    pub target: String,
    /// The reason, for the person who is rung.
    pub reason: String,
}

/// The public definition of `request_handoff`.
pub const REQUEST_HANDOFF_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::RequestHandoff,
    description: "Rings a person of the list and joins them with the caller. You go on with the caller meanwhile; where nobody can be reached the answer says why.",
    parameters: Parameters::OfTargets(target_and_reason),
    results: handoff_results,
};

fn target_and_reason(targets: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": {
            "target": { "type": "string", "enum": targets },
            "reason": { "type": "string", "maxLength": 300 },
        },
        "required": ["target", "reason"],
        "additionalProperties": false,
    })
}
