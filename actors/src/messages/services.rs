//! Messages to the actors that make requests to other services for a call, and that look up who calls.

use actix::Message;
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::ids::{CallId, CustomToolId, OrganizationId};
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Map, Value};

/// A call -> the server: make the request of a custom tool, once. Answered when it is over, in bounded time.
#[derive(Clone, Debug, PartialEq, Message)]
#[rtype(result = "ToolOutcome")]
pub struct RunCustomTool {
    /// The organization that owns the tool.
    pub organization_id: OrganizationId,
    /// The call, for the log.
    pub call_id: CallId,
    /// The tool.
    pub tool: CustomToolId,
    /// Its arguments, as the model wrote them.
    pub arguments: Map<String, Value>,
}

/// A call -> the server: build the profile of its caller from the records, and cache it under these names. It may be
/// requested again: the newest request counts.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "ProfileKept")]
pub struct CacheProfile {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The call; its journal is on disk.
    pub call_id: CallId,
    /// Numbers and names of the people to whom the caller is sent.
    pub extensions: Vec<String>,
}

/// Result of the caching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileKept {
    /// Whether a reader finds the profile.
    pub outcome: ProfileOutcome,
    /// A summary of the caller in two sentences; none if the profile could not be built.
    pub brief: Option<String>,
}
