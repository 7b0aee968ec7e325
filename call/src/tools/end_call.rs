//! The tool `end_call`: the assistant says goodbye, and the call ends once it was heard.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;

use super::answer::plain_results;
use super::{FunctionDefinition, Parameters, no_arguments};

/// Arguments of `end_call`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndCall {}

/// The public definition of `end_call`.
pub const END_CALL_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::EndCall,
    description: "Ends the call. Use it when the caller says goodbye or wants nothing more.",
    parameters: Parameters::Fixed(no_arguments),
    results: plain_results,
};
