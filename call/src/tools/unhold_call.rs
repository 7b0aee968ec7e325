//! The tool `unhold_call`: takes the caller off hold.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;

use super::answer::plain_results;
use super::{FunctionDefinition, Parameters, no_arguments};

/// Arguments of `unhold_call`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnholdCall {}

/// The public definition of `unhold_call`.
pub const UNHOLD_CALL_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::UnholdCall,
    description: "Takes the caller off hold. The answer says how long they waited.",
    parameters: Parameters::Fixed(no_arguments),
    results: plain_results,
};
