//! Notes when a campaign must call a callee again, at a time that they have agreed on with the assistant (`call_backs.rs`).

use cordboard_actors::world;
use cordboard_campaigns::agreed::{AGREED_DAYS_MAX, CalleeClock};
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::tool::ToolOutcome;

use crate::call_backs::{self, CallBackRequest};
use crate::store::{CalledAgain, Connection, Store, change};

/// The tool that a call gets, with the clock of its callee.
pub(super) fn offered(clock: CalleeClock) -> OfferedTool {
    call_backs::offered(&format!("{AGREED_DAYS_MAX} days ahead"), clock, world::now().into())
}

/// Notes the time on which a callee has agreed.
pub(crate) async fn call_again(
    store: &Store,
    (organization_id, call_id): (OrganizationId, CallId),
    request: CallBackRequest,
) -> ToolOutcome {
    let now = world::now().into();
    let note = move |connection: &mut Connection| {
        let CallBackRequest { when, note } = &request;
        change::call_again(connection, organization_id, call_id, (when.as_str(), note.as_str()), now)
    };
    match store.change(note).await {
        Ok(CalledAgain::At(at)) => call_backs::noted(&at),
        Ok(CalledAgain::Not(reason)) => ToolOutcome::Refused { reason },
        Err(error) => ToolOutcome::failed(error.to_string()),
    }
}
