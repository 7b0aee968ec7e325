//! Agents, queues and open wrap-ups: from the store to the router.

use actix::Message;
use cordboard_schema::ids::{CallId, OrganizationId, QueueId, UserId};
use cordboard_schema::queue::Floor;
use cordboard_schema::time::UnixMs;

use super::{AtRevision, Revision, StoreFault};

/// Router -> store: agents and queues as they are. None if nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<Option<AtRevision<Vec<Floor>>>, StoreFault>")]
pub struct LoadFloor {
    /// The organization whose floor is wanted; every organization if none is named.
    pub organization_id: Option<OrganizationId>,
    /// The revision that is already known.
    pub known: Option<Revision>,
}

/// Router -> store: load the agents who have talked in a call and still have to write its wrap-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<Vec<OpenWrapUp>, StoreFault>")]
pub struct LoadOpenWrapUps {
    /// Only calls that the agent left at this time or later.
    pub since: UnixMs,
}

/// A call whose wrap-up an agent has not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenWrapUp {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The agent.
    pub user_id: UserId,
    /// The call.
    pub call_id: CallId,
    /// The queue by which the call came.
    pub queue_id: Option<QueueId>,
    /// When the agent left it.
    pub since: UnixMs,
}

/// Handlers -> FloorWatch: agents, queues, their members or their users have changed on this node. Changes by others,
/// a command or another server, are found only by [`LoadFloor`]. Answered once the router has the present state, or
/// the store has failed to give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct FloorChanged {
    /// The organization.
    pub organization_id: OrganizationId,
}
