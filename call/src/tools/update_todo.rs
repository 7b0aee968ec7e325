//! The tool `update_todo`: changes a to-do that was created on this call.

use chrono::{DateTime, Utc};
use cordboard_schema::activity::{ActivityChange, ActivityType};
use cordboard_schema::ids::ActivityId;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::argument::optional_time;
use super::write::{ToolWrite, notes, time, title};
use super::{FunctionDefinition, Parameters};

/// Arguments of `update_todo`. Fields that are left out stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateTodo {
    /// The to-do, which must be from this call.
    pub id: ActivityId,
    /// A title in one line.
    #[serde(default)]
    pub title: Option<String>,
    /// When it is due.
    #[serde(default, deserialize_with = "optional_time")]
    pub due_at: Option<DateTime<Utc>>,
    /// Further notes.
    #[serde(default)]
    pub notes: Option<String>,
}

/// The public definition of `update_todo`.
pub const UPDATE_TO_DO_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::UpdateTodo,
    description: "Changes a to-do that you have written down on this call; what you leave out stays as it is.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "description": "The id that create_todo gave." },
            "title": { "type": "string", "maxLength": 300 },
            "due_at": { "type": "string", "format": "date-time", "description": "When it is to be done by." },
            "notes": { "type": "string", "maxLength": 4000 },
        },
        "required": ["id"],
        "additionalProperties": false,
    })
}

impl UpdateTodo {
    /// Returns the record for the store, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let Self { id, title: line, due_at, notes: more } = self;
        let change = ActivityChange {
            title: line.map(|line| title("title", line)).transpose()?,
            due_at: due_at.map(|at| time("due_at", at).map(Some)).transpose()?,
            notes: more.map(|more| notes("notes", more)).transpose()?,
            ..ActivityChange::default()
        };
        Ok(ToolWrite::ChangeActivity { activity_type: ActivityType::Todo, id, change })
    }
}
