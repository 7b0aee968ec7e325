//! The tool with which an assistant says how a campaign's call ended for the business: by one of the dispositions that agents choose in their
//! wrap-ups. Calls of campaigns on which assistants talk have it.

use std::sync::Arc;

use cordboard_actors::messages::RunCustomTool;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::SET_DISPOSITION_NAME;
use cordboard_schema::ids::{CustomToolId, DispositionId};
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::wrap_up::Disposition;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::{Connection, DispositionChosen, Store, change};

/// The tool's id.
pub(crate) const CAMPAIGN_DISPOSITION: CustomToolId =
    CustomToolId(Uuid::from_u128(0x6361_6d70_6169_6700_8000_6469_7370_6f73));
/// How many milliseconds noting it may take.
const TIMEOUT_MS: u32 = 5_000;
/// The only argument.
const DISPOSITION: &str = "disposition";

/// Returns the tool for these dispositions, one of which may be the campaign's goal; none if there is nothing to choose.
pub(super) fn offered(dispositions: &[Disposition], goal: Option<DispositionId>) -> Option<OfferedTool> {
    if dispositions.is_empty() {
        return None;
    }
    let names: Vec<&str> = dispositions.iter().map(|disposition| disposition.name.as_str()).collect();
    let goal = dispositions.iter().find(|disposition| Some(disposition.id) == goal);
    let goal = goal.map(|goal| format!(" The goal of these calls is: {}.", goal.name)).unwrap_or_default();
    let parameters = json!({
        "type": "object",
        "properties": { DISPOSITION: { "type": "string", "enum": names } },
        "required": [DISPOSITION],
        "additionalProperties": false,
    });
    Some(OfferedTool {
        id: CAMPAIGN_DISPOSITION,
        name: SET_DISPOSITION_NAME.to_owned(),
        description: format!(
            "Says how this call ended for the business. Use it once that is clear, before the call ends; what is said last counts.{goal}"
        ),
        parameters: Arc::new(parameters),
        timeout_ms: TIMEOUT_MS,
    })
}

/// Notes the disposition that an assistant has chosen.
pub(crate) async fn set_disposition(store: &Store, run: RunCustomTool) -> ToolOutcome {
    let RunCustomTool { organization_id, call_id, arguments, .. } = run;
    let Some(Value::String(name)) = arguments.get(DISPOSITION) else {
        return refused("`disposition` must be a text");
    };
    let chosen = name.clone();
    let note = move |connection: &mut Connection| {
        change::choose_campaign_disposition(connection, organization_id, call_id, &chosen)
    };
    match store.change(note).await {
        Ok(DispositionChosen::Noted) => ToolOutcome::done(&format!("noted: {name}")),
        Ok(DispositionChosen::NoSuch(names)) => {
            refused(&format!("`disposition` must be one of {}", names.join(", ")))
        }
        Ok(DispositionChosen::AgentHas) => refused("an agent has said how this call ended"),
        Ok(DispositionChosen::NoCampaign) => refused("this call is of no campaign"),
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}

fn refused(reason: &str) -> ToolOutcome {
    ToolOutcome::Refused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::OrganizationId;

    use super::*;

    #[test]
    fn the_tool_names_dispositions_in_order_and_the_goal() {
        let named = |nth: u128, name: &str| Disposition {
            id: DispositionId(Uuid::from_u128(nth)),
            organization_id: OrganizationId(Uuid::from_u128(7)),
            name: name.to_owned(),
            position: 1,
        };
        let all = [named(1, "Sold"), named(2, "Wrong number")];
        let tool = offered(&all, Some(all[0].id)).unwrap();
        assert_eq!(tool.parameters["properties"][DISPOSITION]["enum"], json!(["Sold", "Wrong number"]));
        assert!(tool.description.ends_with(" The goal of these calls is: Sold."), "{}", tool.description);
        let gone = offered(&all, Some(DispositionId(Uuid::from_u128(3)))).unwrap();
        assert!(gone.description.ends_with("what is said last counts."), "{}", gone.description);
        assert_eq!(offered(&[], None), None);
    }
}
