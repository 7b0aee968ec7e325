//! The tool with which an assistant agrees with a callee on a time for another call. Calls made from a list have it: those of a campaign on which
//! assistants talk, and those of a dialler's campaign that accepts callbacks. The time is noted by the dialler or campaign that owns the list.

use std::sync::Arc;

use cordboard_actors::messages::RunCustomTool;
use cordboard_campaigns::agreed::{CalleeClock, note_of};
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::ids::CustomToolId;
use cordboard_schema::limits::CALL_BACK_NOTE_BYTES_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::osdial::Dialler;
use crate::store::{Connection, Store, query};
use crate::{campaigns, osdial};

/// The tool's id.
pub(crate) const CALL_BACK: CustomToolId =
    CustomToolId(Uuid::from_u128(0x6c69_7374_6361_7200_8000_6361_6c6c_626b));
/// Its name.
const NAME: &str = "call_back_later";
/// How many milliseconds noting a time may take.
const TIMEOUT_MS: u32 = 5_000;
/// The argument for the time.
const WHEN: &str = "when";
/// The argument for the words.
const NOTE: &str = "note";

/// An assistant's request for a later call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallBackRequest {
    /// The requested time, as written.
    pub(crate) when: String,
    /// Note for the agent or assistant of the later call, in one line; may be empty.
    pub(crate) note: String,
}

impl CallBackRequest {
    /// Parses the arguments. Fails with a description of the fault.
    fn read(arguments: &Map<String, Value>) -> Result<Self, String> {
        let Some(Value::String(when)) = arguments.get(WHEN) else {
            return Err(format!("`{WHEN}` must be a text"));
        };
        let note = match arguments.get(NOTE) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => note_of(text),
            Some(_) => return Err(format!("`{NOTE}` must be a text")),
        };
        Ok(Self { when: when.clone(), note })
    }
}

/// Returns the tool for a call that begins now, and whose list accepts times up to this limit: `30 days ahead`. It has the callee's clock, if that is
/// known: the assistant knows only the business's, which may already show another day.
pub(crate) fn offered(limit: &str, clock: CalleeClock, now: UnixMs) -> OfferedTool {
    let there = match clock {
        CalleeClock::Zone(_) | CalleeClock::Offset(_) => {
            format!(" When the call began, it was {} where they are.", clock.in_words(now))
        }
        CalleeClock::Unknown => String::new(),
    };
    let parameters = json!({
        "type": "object",
        "properties": {
            WHEN: {
                "type": "string",
                "description": format!(
                    "When, such as 2026-11-30T15:00 in the callee's own time zone, or with an offset such as 2026-11-30T15:00+01:00.{there} At most {limit}."
                ),
            },
            NOTE: {
                "type": "string",
                "maxLength": CALL_BACK_NOTE_BYTES_MAX,
                "description": "What it will be about, in a few words for whoever has that call.",
            },
        },
        "required": [WHEN],
        "additionalProperties": false,
    });
    OfferedTool {
        id: CALL_BACK,
        name: NAME.to_owned(),
        description: "Has this person called again at a time that they have agreed on. Use it only where they ask for a later call. Name nobody who \
                      will call: it may be anybody. The time that is noted last counts."
            .to_owned(),
        parameters: Arc::new(parameters),
        timeout_ms: TIMEOUT_MS,
    }
}

/// Lets the owner of the call's list note the time.
pub(crate) async fn call_back_later(
    store: &Store,
    dialler: Option<&Dialler>,
    run: RunCustomTool,
) -> ToolOutcome {
    let RunCustomTool { organization_id, call_id, arguments, .. } = run;
    let request = match CallBackRequest::read(&arguments) {
        Ok(request) => request,
        Err(why) => return refused(why),
    };
    let find = move |connection: &mut Connection| query::pending_result(connection, organization_id, call_id);
    let call = (organization_id, call_id);
    match store.reads().run(find).await {
        Ok(None) => campaigns::call_again(store, call, request).await,
        Ok(Some(pending)) => match dialler {
            Some(dialler) => osdial::call_back(dialler, store, call, pending.call, request).await,
            None => refused("there is no dialler any more".to_owned()),
        },
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}

/// Returns the result for a noted time, in words.
pub(crate) fn noted(at: &str) -> ToolOutcome {
    ToolOutcome::done(&format!("noted: they are called again on {at}"))
}

fn refused(reason: String) -> ToolOutcome {
    ToolOutcome::Refused { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: Value) -> Result<CallBackRequest, String> {
        CallBackRequest::read(arguments.as_object().unwrap())
    }

    #[test]
    fn a_request_needs_a_time_and_notes_become_one_line() {
        let request =
            |when: &str, note: &str| CallBackRequest { when: when.to_owned(), note: note.to_owned() };
        assert_eq!(read(json!({ "when": "2026-11-30T15:00" })), Ok(request("2026-11-30T15:00", "")));
        assert_eq!(read(json!({ "when": "x", "note": null })), Ok(request("x", "")));
        let arguments = json!({ "when": "x", "note": " the\r\n\tquote " });
        assert_eq!(read(arguments), Ok(request("x", "the quote")));
        for (arguments, name) in [
            (json!({}), "when"),
            (json!({ "when": 5 }), "when"),
            (json!({ "when": "x", "note": ["y"] }), "note"),
        ] {
            let why = read(arguments).unwrap_err();
            assert_eq!(why, format!("`{name}` must be a text"));
        }
    }

    #[test]
    fn an_assistant_learns_how_late_a_time_may_be() {
        let tool = offered("30 days ahead", CalleeClock::Unknown, UnixMs(0));
        let when = tool.parameters["properties"]["when"]["description"].as_str().unwrap();
        assert!(when.ends_with("+01:00. At most 30 days ahead."), "{when}");
        assert_eq!((tool.name.as_str(), &tool.parameters["required"]), ("call_back_later", &json!(["when"])));
    }

    #[test]
    fn an_assistant_learns_the_callees_clock() {
        let now = "2026-12-02T01:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let clock = CalleeClock::Zone(chrono_tz::Tz::America__Los_Angeles);
        let tool = offered("30 days ahead", clock, now.into());
        let when = tool.parameters["properties"]["when"]["description"].as_str().unwrap();
        let there = "it was Tuesday, 1 December 2026, 17:00 (America/Los_Angeles) where they are. At most";
        assert!(when.contains(there), "{when}");
    }
}
