//! The tool with which an assistant sets the result of a lead. It is stored with the call, and the dialler gets it after the call.

use std::collections::BTreeSet;
use std::sync::Arc;

use cordboard_actors::messages::RunCustomTool;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::{
    CALL_BACK_AGREED, CALL_BACK_HOLD, SET_DISPOSITION, SET_DISPOSITION_NAME, STATUS,
};
use cordboard_schema::limits::DIALLER_STATUSES_MAX;
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Value, json};

use super::rows::OsdialStatus;
use crate::store::{Connection, Store, change, query};

/// Maximum characters of a status in the dialler's columns.
const STATUS_CHARS_MAX: usize = 6;
/// How many milliseconds noting it may take.
const TIMEOUT_MS: u32 = 5_000;

/// Statuses of a callback, which needs its time: with only the status, the dialler would call nobody back.
const OF_CALL_BACKS: [&str; 2] = [CALL_BACK_AGREED, CALL_BACK_HOLD];
const NEEDS_TIME: &str = "a call-back needs its time: use call_back_later. Where there is no such tool the campaign takes no \
                          call-backs: choose another status, and tell the caller so, or pass them to a person";

/// Returns the tool for these statuses; none if there are none to choose.
pub(super) fn offered(statuses: &[OsdialStatus]) -> Option<OfferedTool> {
    let mut chosen: Vec<&OsdialStatus> = statuses
        .iter()
        .filter(|status| {
            status.is_selectable && (1..=STATUS_CHARS_MAX).contains(&status.status.chars().count())
        })
        .filter(|status| why_not(&status.status).is_none())
        .collect();
    // Statuses of the campaign come after those of all campaigns, and replace those with the same code.
    chosen.reverse();
    let mut known = BTreeSet::new();
    chosen.retain(|status| known.insert(status.status.as_str()));
    chosen.reverse();
    chosen.truncate(DIALLER_STATUSES_MAX);
    if chosen.is_empty() {
        return None;
    }
    let codes: Vec<&str> = chosen.iter().map(|status| status.status.as_str()).collect();
    let meanings: Vec<String> =
        chosen.iter().map(|status| format!("{}: {}", status.status, status.status_name)).collect();
    let parameters = json!({
        "type": "object",
        "properties": { STATUS: { "type": "string", "enum": codes, "description": meanings.join("; ") } },
        "required": [STATUS],
        "additionalProperties": false,
    });
    Some(OfferedTool {
        id: SET_DISPOSITION,
        name: SET_DISPOSITION_NAME.to_owned(),
        description: "Says what became of this call, for the dialler that made it. Use it once that is clear, before the call ends; what \
                      is said last counts."
            .to_owned(),
        parameters: Arc::new(parameters),
        timeout_ms: TIMEOUT_MS,
    })
}

/// Notes the status that an assistant has chosen. It is stored before success is reported, so it survives any death of the server.
pub(crate) async fn choose(store: &Store, run: RunCustomTool) -> ToolOutcome {
    let RunCustomTool { organization_id, call_id, arguments, .. } = run;
    let Some(Value::String(status)) = arguments.get(STATUS) else {
        return refused("`status` must be a text");
    };
    if let Some(why) = why_not(status) {
        return refused(why);
    }
    let found =
        store.reads().run(move |connection| query::pending_result(connection, organization_id, call_id));
    let pending = match found.await {
        Ok(Some(pending)) => pending,
        Ok(None) => return refused("no dialler has given this call"),
        Err(error) => return ToolOutcome::failed(error.to_string()),
    };
    if !pending.statuses.contains(status) {
        return refused(&format!("`status` must be one of {}", pending.statuses.join(", ")));
    }
    let chosen = status.clone();
    let set = move |connection: &mut Connection| {
        change::choose_disposition(connection, organization_id, call_id, &chosen)
    };
    match store.change(set).await {
        Ok(true) => ToolOutcome::done(&format!("noted: {status}")),
        Ok(false) => refused("the call is over"),
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}

/// Returns why a status can't be chosen. The database compares without case.
fn why_not(status: &str) -> Option<&'static str> {
    OF_CALL_BACKS.iter().any(|code| code.eq_ignore_ascii_case(status)).then_some(NEEDS_TIME)
}

fn refused(reason: &str) -> ToolOutcome {
    ToolOutcome::Refused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: &str, name: &str, campaign_id: Option<&str>, is_selectable: bool) -> OsdialStatus {
        OsdialStatus {
            status: code.to_owned(),
            status_name: name.to_owned(),
            campaign_id: campaign_id.map(str::to_owned),
            is_selectable,
            is_human_answered: true,
            category: "CONTACT".to_owned(),
        }
    }

    #[test]
    fn only_selectable_statuses_that_need_no_time_are_offered() {
        let tool = offered(&[
            status("NEW", "New Lead", None, false),
            status("SALE", "Sale Made", None, true),
            status("CALLBK", "Call Back", None, true),
            status("DNC", "Do not call", None, true),
            status("TOOLONG", "Seven", None, true),
            status("SALE", "Sold by us", Some("TEST1"), true),
            status("AIOK", "Finished", Some("TEST1"), true),
        ])
        .unwrap();
        let status = &tool.parameters["properties"]["status"];
        assert_eq!(status["enum"], json!(["DNC", "SALE", "AIOK"]));
        assert_eq!(status["description"], "DNC: Do not call; SALE: Sold by us; AIOK: Finished");
        assert_eq!(offered(&[]), None);
    }
}
