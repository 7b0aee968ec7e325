//! The tool `create_event`: writes down something that will happen, or has happened, for the business.

use chrono::{DateTime, Utc};
use cordboard_schema::activity::ActivityType;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::argument::required_time;
use super::write::{NewActivity, ToolWrite, notes, time, title};
use super::{FunctionDefinition, Parameters};

/// Arguments of `create_event`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateEvent {
    /// A title in one line.
    pub title: String,
    /// When it happens.
    #[serde(deserialize_with = "required_time")]
    pub at: DateTime<Utc>,
    /// Further notes.
    #[serde(default)]
    pub notes: String,
}

/// The public definition of `create_event`.
pub const CREATE_EVENT_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::CreateEvent,
    description: "Writes down an event for the business, as a visit that somebody has announced. Appointments are made by book_estimate.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "maxLength": 300 },
            "at": { "type": "string", "format": "date-time", "description": "When it is." },
            "notes": { "type": "string", "maxLength": 4000 },
        },
        "required": ["title", "at"],
        "additionalProperties": false,
    })
}

impl CreateEvent {
    /// Returns the record for the store, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let Self { title: line, at, notes: more } = self;
        Ok(ToolWrite::CreateActivity(NewActivity {
            activity_type: ActivityType::Event,
            title: title("title", line)?,
            at: Some(time("at", at)?),
            notes: notes("notes", more)?,
        }))
    }
}
