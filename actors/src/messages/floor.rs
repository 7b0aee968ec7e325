//! Who takes calls: from the store to whoever gives callers to people.

use actix::Message;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::queue::Floor;

use super::StoreFault;

/// Router -> store: agents and queues as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "Result<Vec<Floor>, StoreFault>")]
pub struct LoadFloor {
    /// Of this organization alone; of every one where none is named.
    pub organization_id: Option<OrganizationId>,
}

/// House -> router: agents, queues, their members, or the users behind them have changed on this node. What others change, a
/// command or another server, is found only by [`LoadFloor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct FloorChanged {
    /// Whose.
    pub organization_id: OrganizationId,
}
