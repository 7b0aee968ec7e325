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
    /// Of this organization alone; of every one if none is named.
    pub organization_id: Option<OrganizationId>,
    /// The revision of all of them that is known.
    pub known: Option<Revision>,
}

/// Router -> store: load the agents who have talked in a call and owe its wrap-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<Vec<OpenWrapUp>, StoreFault>")]
pub struct LoadOpenWrapUps {
    /// Of whose calls: those that they have left then or later.
    pub since: UnixMs,
}

/// A call of which an agent has not written down how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenWrapUp {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The agent.
    pub user_id: UserId,
    /// The call.
    pub call_id: CallId,
    /// The queue by which it came.
    pub queue_id: Option<QueueId>,
    /// When they left it.
    pub since: UnixMs,
}

/// Handlers -> FloorWatch: agents, queues, their members, or the users behind them have changed on this node. Changes by others, a command
/// or another server, are found only by [`LoadFloor`]. Answered once the router got the present state, or the store has failed
/// to give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct FloorChanged {
    /// The organization.
    pub organization_id: OrganizationId,
}
