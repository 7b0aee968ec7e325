//! Parameters of a call list, over HTTP and over the control socket.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::CallState;
use crate::call_agent::AgentOutcome;
use crate::ids::{CallId, ProfileId, UserId};

/// Kind as which figures count a call: those of reports, of the dashboard and of the week's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CountedAs {
    /// A call: any but those between colleagues.
    Call,
    /// Settled by the assistant: it was answered and is over, and no person joined.
    Contained,
    /// A person joined, or the caller was sent on to one.
    HandedOver,
    /// A call to us that ended before it was answered.
    Missed,
}

/// Filter of a call list. Fields that are left out, or empty, narrow nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct CallList {
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CallState>,
    /// Part of the caller's number or name, in upper or lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Part of the number dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Our number or extension in the call, as reports name it that count by number: the one dialled of a call to us, the one shown of a call of
    /// ours. Calls between colleagues have none. Figures keep 128 characters of it: a longer one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "+493055500100"))]
    pub number: Option<String>,
    /// The number of the other party, in E.164 form, in calls of both directions. One of the organization's own numbers identifies
    /// nobody: then nothing is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "+493012345678"))]
    pub party: Option<String>,
    /// The cause that they ended for, as `caller_silent`; `unknown` finds those that are over without a cause on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The kind as which figures count them. With `agent_id`, that of the agent's figures: `handed_over` are the calls that the agent joined, `missed` those
    /// that the agent did not answer or declined, and none is `contained`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<CountedAs>,
    /// The agent profile that they were answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_id: Option<ProfileId>,
    /// The agent who was asked to take them at their desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<UserId>,
    /// Outcome of that agent, as `missed`; without `agent_id`, of any agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_outcome: Option<AgentOutcome>,
    /// Started then or later, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Started before then, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Words that were said, or written, all of them: letters and digits without regard to case and accents. The last one may be the
    /// beginning of a word; the first 16 count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// A tag that they have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The name of a topic that they have, as profiles name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "delivery"))]
    pub topic: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<CallId>,
    /// Calls of a page, 1 to 200; 50 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
