//! Parameters of a call list, by HTTP and over the control socket.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::CallState;
use crate::call_agent::AgentOutcome;
use crate::ids::{CallId, ProfileId, UserId};

/// How figures count a call, in reports, on the dashboard and in the weekly mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CountedAs {
    /// A call; calls between colleagues do not count.
    Call,
    /// Handled by the assistant alone: it was answered and is over, and no person joined.
    Contained,
    /// A person joined, or the caller was transferred to one.
    HandedOver,
    /// An inbound call that ended before it was answered.
    Missed,
}

/// Filter of a call list. Fields that are left out, and empty texts, do not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct CallList {
    /// Calls in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CallState>,
    /// Part of the caller's number or name, ignoring case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Part of the dialled number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Our number or extension in the call, as reports by number name it: the dialled number of an inbound call, the shown number
    /// of an outbound call. Calls between colleagues have none. Figures keep 128 characters of it; a longer one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "+493055500100"))]
    pub number: Option<String>,
    /// The number of the other party, in E.164 form, for calls in both directions. One of the organization's own numbers
    /// identifies nobody: the list is then empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "+493012345678"))]
    pub party: Option<String>,
    /// The cause of the call's end, such as `caller_silent`; `unknown` finds finished calls without a recorded cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How figures count the call. With `agent_id` it is the agent's own figures: `handed_over` are the calls that the agent
    /// joined, `missed` are those that the agent did not answer or declined, and there are no `contained` calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<CountedAs>,
    /// The agent profile that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_id: Option<ProfileId>,
    /// The agent who was offered the call at their desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<UserId>,
    /// Outcome of that agent, such as `missed`; without `agent_id`, of any agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_outcome: Option<AgentOutcome>,
    /// Started at this time or later, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Started before this time, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Words that were all said or written, ignoring case and accents. The last one may be the beginning of a word. Only the
    /// first 16 count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// A tag of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The name of a topic of the call, as profiles name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "delivery"))]
    pub topic: Option<String>,
    /// `next_cursor` of the previous page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<CallId>,
    /// Number of calls on a page, 1 to 200; default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
