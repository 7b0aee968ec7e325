//! Messages to whoever asks other services for a call.

use actix::Message;
use cordboard_schema::ids::{CallId, CustomToolId, OrganizationId};
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Map, Value};

/// A call -> the house: make the request of a custom tool, once. Answered when it is over, in bounded time.
#[derive(Clone, Debug, PartialEq, Message)]
#[rtype(result = "ToolOutcome")]
pub struct RunCustomTool {
    /// Whose tool it is.
    pub organization_id: OrganizationId,
    /// The call, for the log.
    pub call_id: CallId,
    /// The tool.
    pub tool: CustomToolId,
    /// Its arguments, as the model wrote them.
    pub arguments: Map<String, Value>,
}
