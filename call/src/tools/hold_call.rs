//! The tool `hold_call`: until `unhold_call`, the caller hears music and the assistant hears nothing.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;

use super::answer::plain_results;
use super::{FunctionDefinition, Parameters, no_arguments};

/// Arguments of `hold_call`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldCall {}

/// The public definition of `hold_call`.
pub const HOLD_CALL_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::HoldCall,
    description: "Puts the caller on hold: they hear music, and you hear nothing. Tell them first. Take them back with unhold_call.",
    parameters: Parameters::Fixed(no_arguments),
    results: plain_results,
};
