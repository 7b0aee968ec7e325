//! Wrap-ups that agents write after a call, and callers who are to be called back.

use serde::{Deserialize, Serialize};

use crate::ids::{
    CallId, CallbackId, CustomerId, DispositionId, OrganizationId, PresenceReasonId, QueueId, UserId,
};
use crate::phone::E164;
use crate::time::{UnixMs, rfc3339};

/// A business outcome of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disposition {
    /// Its id.
    pub id: DispositionId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// Name that agents read, such as `Resolved`.
    pub name: String,
    /// Its position in the list: the first nine are chosen by the keys 1 to 9.
    pub position: u32,
}

/// Why an agent can be away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PresenceReason {
    /// Its id.
    pub id: PresenceReasonId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// Name that users read, such as `Lunch`.
    pub name: String,
    /// Its position in the list.
    pub position: u32,
}

/// An agent's wrap-up of a call. Each agent of a call writes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WrapUp {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The agent.
    pub user_id: UserId,
    /// The queue through which the call came.
    pub queue_id: Option<QueueId>,
    /// Business outcome of the call.
    pub disposition_id: Option<DispositionId>,
    /// The agent's note.
    pub note: String,
    /// When the agent started.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: UnixMs,
    /// When the agent finished.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub ended_at: UnixMs,
}

/// Draft of a wrap-up: what an agent has written about a call so far. Only that agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapUpDraft {
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The agent.
    pub user_id: UserId,
    /// The chosen business outcome, if any.
    pub disposition_id: Option<DispositionId>,
    /// The note so far.
    pub note: String,
    /// When it was last written.
    pub updated_at: UnixMs,
}

impl WrapUpDraft {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.disposition_id.is_none() && self.note.is_empty()
    }
}

/// A caller who is to be called back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Callback {
    /// Its id.
    pub id: CallbackId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The queue in which they waited.
    pub queue_id: Option<QueueId>,
    /// The call on which they asked for it.
    pub call_id: CallId,
    /// The customer, if known.
    pub customer_id: Option<CustomerId>,
    /// The number to call.
    pub phone: E164,
    /// The request, in one line.
    pub about: String,
    /// State of the callback.
    pub state: CallbackState,
    /// The user who handles it.
    pub user_id: Option<UserId>,
    /// When they asked.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

/// State of a callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Nobody handles it yet.
    #[default]
    Open,
    /// A user handles it.
    Claimed,
    /// The caller was reached, or the callback is no longer wanted.
    Done,
}
