//! A live call, as other programs find it in the cache during the call.

use serde::{Deserialize, Serialize};

use crate::call::{CallState, Direction};
use crate::fold::Call;
use crate::ids::{CallId, OrganizationId};
use crate::time::{UnixMs, rfc3339};
use crate::wire::twilio::CallSid;

/// The session of a call (`session:{call_id}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSession {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// The call at Twilio, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_sid: Option<CallSid>,
    /// State of the call.
    pub state: CallState,
    /// Direction of the call.
    pub direction: Direction,
    /// The caller's number or name.
    pub from: Option<String>,
    /// The number dialled.
    pub to: Option<String>,
    /// When the server first knew of the call.
    #[serde(with = "rfc3339")]
    pub started_at: UnixMs,
}

impl CallSession {
    /// Returns the current session of a call.
    pub fn of(call: &Call) -> Self {
        Self {
            organization_id: call.organization_id,
            call_id: call.id,
            call_sid: call.outside_ids.iter().find_map(|outside_id| outside_id.at_twilio()),
            state: call.state,
            direction: call.direction,
            from: call.from.clone(),
            to: call.to.clone(),
            started_at: call.started_at,
        }
    }
}
