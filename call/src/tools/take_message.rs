//! The tool `take_message`: the caller's words after a tone are saved as an activity with its audio.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;

use super::answer::plain_results;
use super::{FunctionDefinition, Parameters, no_arguments};

/// Arguments of `take_message`: none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeMessage {}

/// The public definition of `take_message`.
pub const TAKE_MESSAGE_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::TakeMessage,
    description: "Takes a spoken message from the caller, who is asked to speak after a tone. The answer comes when the message is kept.",
    parameters: Parameters::Fixed(no_arguments),
    results: plain_results,
};
