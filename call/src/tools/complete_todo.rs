//! The tool `complete_todo`: marks a to-do that was created on this call as done.

use cordboard_schema::activity::{ActivityChange, ActivityType};
use cordboard_schema::ids::ActivityId;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::write::ToolWrite;
use super::{FunctionDefinition, Parameters};

/// Arguments of `complete_todo`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteTodo {
    /// The to-do, which must be from this call.
    pub id: ActivityId,
}

/// The public definition of `complete_todo`.
pub const COMPLETE_TO_DO_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::CompleteTodo,
    description: "Says that a to-do that you have written down on this call is done.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": { "id": { "type": "string", "description": "The id that create_todo gave." } },
        "required": ["id"],
        "additionalProperties": false,
    })
}

impl CompleteTodo {
    /// Returns the record for the store.
    pub(super) fn write(self) -> ToolWrite {
        let change = ActivityChange { completed: Some(true), ..ActivityChange::default() };
        ToolWrite::ChangeActivity { activity_type: ActivityType::Todo, id: self.id, change }
    }
}
