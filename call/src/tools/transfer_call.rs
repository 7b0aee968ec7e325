//! The tool `transfer_call`: the leg ends, and the dialplan, which asks for the next step, connects the caller with an extension of the
//! list. The target is a name in the list or its number, never any other number that was spoken.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;

use super::answer::plain_results;
use super::{FunctionDefinition, Parameters, target_argument};

/// Arguments of `transfer_call`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferCall {
    /// A name from the list, or its number.
    pub target: String,
}

/// The public definition of `transfer_call`.
pub const TRANSFER_CALL_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::TransferCall,
    description: "Connects the caller with a person or department of the list. Tell the caller first; the assistant leaves the call.",
    parameters: Parameters::OfTargets(target_argument),
    results: plain_results,
};
