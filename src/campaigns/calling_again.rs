//! The tool by which an assistant agrees with a callee on a time at which they are called again. Calls of campaigns on which assistants talk have it.

use std::sync::{Arc, LazyLock};

use cordboard_actors::messages::RunCustomTool;
use cordboard_actors::world;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::ids::CustomToolId;
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::{CalledAgain, Connection, Store, change};

/// The tool's id.
pub(crate) const CALL_AGAIN: CustomToolId =
    CustomToolId(Uuid::from_u128(0x6361_6d70_6169_6700_8000_6361_6c6c_6167));
/// Milliseconds that noting it may take.
const TIMEOUT_MS: u32 = 5_000;
/// The one argument.
const AT: &str = "at";

static PARAMETERS: LazyLock<Arc<Value>> = LazyLock::new(|| {
    Arc::new(json!({
        "type": "object",
        "properties": {
            AT: {
                "type": "string",
                "description": "When, as 2026-11-30T15:00 in the callee's own time zone, or with an offset as 2026-11-30T15:00+01:00.",
            },
        },
        "required": [AT],
        "additionalProperties": false,
    }))
});

/// The tool, as a call has it.
pub(super) fn offered() -> OfferedTool {
    OfferedTool {
        id: CALL_AGAIN,
        name: "call_again".to_owned(),
        description: "Has this person called again at a time that they have agreed on. Use it only where they ask for a later call. The time \
                      that is noted last counts."
            .to_owned(),
        parameters: Arc::clone(&PARAMETERS),
        timeout_ms: TIMEOUT_MS,
    }
}

/// Notes the time that a callee has agreed on.
pub(crate) async fn call_again(store: &Store, run: RunCustomTool) -> ToolOutcome {
    let RunCustomTool { organization_id, call_id, arguments, .. } = run;
    let Some(Value::String(at)) = arguments.get(AT) else {
        return ToolOutcome::Refused { reason: "`at` must be a text".to_owned() };
    };
    let (wanted, now) = (at.clone(), world::now().into());
    let note = move |connection: &mut Connection| {
        change::call_again(connection, organization_id, call_id, &wanted, now)
    };
    match store.change(note).await {
        Ok(CalledAgain::At(at)) => ToolOutcome::done(&format!("noted: they are called again on {at}")),
        Ok(CalledAgain::Not(reason)) => ToolOutcome::Refused { reason },
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}
