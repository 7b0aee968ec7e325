//! The tool `check_extension`: whether a person can be reached at a named extension, and how that was determined.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;

use super::answer::extension_results;
use super::{FunctionDefinition, Parameters, target_argument};

/// Arguments of `check_extension`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckExtension {
    /// A name from the list, or its number.
    pub target: String,
}

/// The public definition of `check_extension`.
pub const CHECK_EXTENSION_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::CheckExtension,
    description: "Finds out whether somebody can be reached at an extension of the list, without ringing it.",
    parameters: Parameters::OfTargets(target_argument),
    results: extension_results,
};
