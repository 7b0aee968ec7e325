//! The tool with which an assistant lets the dialler itself transfer a caller: to a group of agents, or to an extension.

use std::sync::Arc;

use cordboard_actors::messages::RunCustomTool;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::{
    PASS_ON, PASS_ON_NAME, PLACE, PassRequest, PendingResult, SET_DISPOSITION, STATUS,
};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::CUSTOM_TOOL_MS_MAX;
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Value, json};

use super::Dialler;
use super::agent_api::Acted;
use super::error::OsdialError;
use super::tool::choose;
use crate::config::DiallerPlaces;
use crate::store::{Connection, Store, StoreError, change};

/// How often the dialler is asked. A request without an answer may have been carried out, and a second one shows it.
const TRIES_MAX: u32 = 2;

/// Returns the tool for these places, in addition to the other tools of the call. It takes the statuses from the tool that sets the lead's status.
pub(super) fn offered(places: &DiallerPlaces, others: &[OfferedTool]) -> OfferedTool {
    let names: Vec<&str> = places.names().collect();
    let mut properties = json!({ PLACE: { "type": "string", "enum": names } });
    let disposition = others.iter().find(|tool| tool.id == SET_DISPOSITION);
    if let Some(status) = disposition.and_then(|tool| tool.parameters.get("properties")?.get(STATUS)) {
        properties[STATUS] = status.clone();
    }
    let parameters = json!({
        "type": "object",
        "properties": properties,
        "required": [PLACE],
        "additionalProperties": false,
    });
    OfferedTool {
        id: PASS_ON,
        name: PASS_ON_NAME.to_owned(),
        description: "Has the dialler that made this call pass the caller on to one of its places, and ends the call here. Say so to the \
                      caller before. `status` says what became of the call, where that was not said yet."
            .to_owned(),
        parameters: Arc::new(parameters),
        timeout_ms: CUSTOM_TOOL_MS_MAX,
    }
}

/// Lets a caller be transferred. From the first request on, the dialler's own record of the lead stands, unless it answers that it refused. Without
/// an answer, for example after the server was killed, its tables decide (`settle.rs`).
pub(crate) async fn pass_on(dialler: &Dialler, store: &Store, run: RunCustomTool) -> ToolOutcome {
    let (organization_id, call_id) = (run.organization_id, run.call_id);
    let Some(Value::String(name)) = run.arguments.get(PLACE) else {
        return refused("`place` must be a text");
    };
    let Some(place) = dialler.place(name).filter(|_| dialler.organization_id() == organization_id) else {
        return refused(&format!("the dialler passes nobody on to {name:?}"));
    };
    if run.arguments.contains_key(STATUS) {
        match choose(store, run.clone()).await {
            ToolOutcome::Done { .. } => {}
            outcome => return outcome,
        }
    }
    let call = (organization_id, call_id);
    let (pending, was_asked) = match note(store, call, PassRequest::Asked).await {
        Ok(Some((pending, was_asked))) if pending.end.is_none() => (pending, was_asked),
        Ok(Some(_)) => return refused("the call is over"),
        Ok(None) => return refused("no dialler has given this call"),
        Err(error) => return ToolOutcome::failed(error.to_string()),
    };
    let mut tries = 1;
    let outcome = loop {
        match dialler.pass_to(&pending, place.clone()).await {
            Err(OsdialError::ApiUnreachable(_)) if tries < TRIES_MAX => tries += 1,
            outcome => break outcome,
        }
    };
    let (answer, outcome) = match outcome {
        Ok(Acted::Done) => (Some(PassRequest::Done), done(name)),
        // The first request had no answer but was carried out, or an assistant asks twice: the dialler no longer has the call.
        Ok(Acted::NoCall) if tries > 1 || was_asked => (None, done(name)),
        Ok(Acted::NoCall) => {
            let gone = "the dialler no longer has this call: its caller has hung up".to_owned();
            (Some(PassRequest::NotDone), ToolOutcome::failed(gone))
        }
        Err(error) => {
            tracing::warn!(%call_id, %error, "a caller was not transferred by the dialler");
            // A request without an answer, or whose answer this server does not live to see, may have been carried out.
            let is_answer = !matches!(error, OsdialError::ApiUnreachable(_) | OsdialError::Ending);
            (is_answer.then_some(PassRequest::NotDone), ToolOutcome::failed(error.to_string()))
        }
    };
    if let Some(answer) = answer
        && let Err(error) = note(store, call, answer).await
    {
        tracing::warn!(%call_id, %error, "the dialler's answer could not be stored: its tables decide whether a result is written");
    }
    outcome
}

/// Notes the state of the request. Returns what is due to the dialler then, and whether it was asked before.
async fn note(
    store: &Store,
    (organization_id, call_id): (OrganizationId, CallId),
    request: PassRequest,
) -> Result<Option<(PendingResult, bool)>, StoreError> {
    let set =
        move |connection: &mut Connection| change::note_pass(connection, organization_id, call_id, request);
    store.change(set).await
}

fn done(name: &str) -> ToolOutcome {
    ToolOutcome::done(&format!(
        "the dialler passes the caller on to {name}: they leave this call now, say no more"
    ))
}

fn refused(reason: &str) -> ToolOutcome {
    ToolOutcome::Refused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use cordboard_settings::SettingValue as _;

    use super::*;

    #[test]
    fn places_are_offered_only_by_their_names() {
        let places = DiallerPlaces::parse("sales=ingroup:SALESLINE,desk=extension:8600").unwrap();
        let tool = offered(&places, &[]);
        assert_eq!(
            tool.parameters["properties"],
            json!({ "place": { "type": "string", "enum": ["sales", "desk"] } })
        );
        // The statuses are those that the assistant may set.
        let status = json!({ "type": "string", "enum": ["SALE"] });
        let parameters = json!({ "properties": { "status": status } });
        let disposition = OfferedTool { id: SET_DISPOSITION, parameters: Arc::new(parameters), ..tool };
        assert_eq!(offered(&places, &[disposition]).parameters["properties"]["status"], status);
    }
}
