//! The tool `create_todo`: writes down a task for people of the business.

use chrono::{DateTime, Utc};
use cordboard_schema::activity::ActivityType;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::argument::optional_time;
use super::write::{NewActivity, ToolWrite, notes, time, title};
use super::{FunctionDefinition, Parameters};

/// Arguments of `create_todo`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateTodo {
    /// A title in one line.
    pub title: String,
    /// When it is due.
    #[serde(default, deserialize_with = "optional_time")]
    pub due_at: Option<DateTime<Utc>>,
    /// Further notes.
    #[serde(default)]
    pub notes: String,
}

/// The public definition of `create_todo`.
pub const CREATE_TO_DO_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::CreateTodo,
    description: "Writes down something that people of the business are to do, as calling somebody back.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "maxLength": 300 },
            "due_at": { "type": "string", "format": "date-time", "description": "When it is to be done by." },
            "notes": { "type": "string", "maxLength": 4000 },
        },
        "required": ["title"],
        "additionalProperties": false,
    })
}

impl CreateTodo {
    /// Returns the record for the store, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let Self { title: line, due_at, notes: more } = self;
        Ok(ToolWrite::CreateActivity(NewActivity {
            activity_type: ActivityType::Todo,
            title: title("title", line)?,
            at: due_at.map(|at| time("due_at", at)).transpose()?,
            notes: notes("notes", more)?,
        }))
    }
}
