//! The tool `update_event`: changes an event that was created on this call.

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

/// Arguments of `update_event`. Fields that are left out stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateEvent {
    /// The event, which must be from this call.
    pub id: ActivityId,
    /// A title in one line.
    #[serde(default)]
    pub title: Option<String>,
    /// When it happens.
    #[serde(default, deserialize_with = "optional_time")]
    pub at: Option<DateTime<Utc>>,
    /// Further notes.
    #[serde(default)]
    pub notes: Option<String>,
}

/// The public definition of `update_event`.
pub const UPDATE_EVENT_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::UpdateEvent,
    description: "Changes an event that you have written down on this call; what you leave out stays as it is.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "description": "The id that create_event gave." },
            "title": { "type": "string", "maxLength": 300 },
            "at": { "type": "string", "format": "date-time", "description": "When it is." },
            "notes": { "type": "string", "maxLength": 4000 },
        },
        "required": ["id"],
        "additionalProperties": false,
    })
}

impl UpdateEvent {
    /// Returns the record for the store, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let Self { id, title: line, at, notes: more } = self;
        let change = ActivityChange {
            title: line.map(|line| title("title", line)).transpose()?,
            at: at.map(|at| time("at", at)).transpose()?,
            notes: more.map(|more| notes("notes", more)).transpose()?,
            ..ActivityChange::default()
        };
        Ok(ToolWrite::ChangeActivity { activity_type: ActivityType::Event, id, change })
    }
}
