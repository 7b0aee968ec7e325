//! To the AudioPortsActor: requests for a port for one call, and the state of leased ones.

use actix::Message;

use crate::asterisk::{AudioConnection, Lease, LeaseId, LeaseRequest, PortsUsedUp};
use crate::line::{PendingRequest, PortLine};

/// API -> AudioPortsActor: a port for one call.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Lease, PortRefused>")]
pub struct LeasePort {
    /// The call that the port is for.
    pub wanted: LeaseRequest,
    /// How long the port waits for its connection, in ms.
    pub ttl_ms: u64,
}

/// API -> AudioPortsActor: give a port back. A call on that port goes on.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), NoSuchLease>")]
pub struct EndLease {
    /// The port.
    pub port: u16,
    /// The lease; none for whichever lease the port has.
    pub lease: Option<LeaseId>,
}

/// API -> AudioPortsActor: the leases, by port.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<Lease>")]
pub struct ListLeases;

/// Server -> AudioPortsActor: lease no more ports, and close every waiting port. Answered when that is done.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ClosePorts;

/// Why a lease was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortRefused {
    /// No port is free.
    #[error(transparent)]
    UsedUp(#[from] PortsUsedUp),
    /// The server is going down.
    #[error("the server is going down and leases no ports")]
    GoingDown,
}

/// The port is not leased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the port is not leased")]
pub struct NoSuchLease;

/// A leased port -> AudioPortsActor: a connection has come and has named its UUID.
#[derive(Debug)]
pub struct PortArrival {
    /// The port.
    pub port: u16,
    /// The lease for which the port was open.
    pub lease: LeaseId,
    /// The connection.
    pub connection: AudioConnection,
}

/// Everything that the AudioPortsActor receives, on its [`PortLine`].
#[derive(Debug)]
pub enum ToPorts {
    /// Answered at once.
    Lease(PendingRequest<LeasePort>),
    /// Answered at once.
    End(PendingRequest<EndLease>),
    /// Answered at once.
    List(PendingRequest<ListLeases>),
    /// Answered when the ports are closed.
    Close(PendingRequest<ClosePorts>),
    /// See [`PortArrival`].
    Arrived(Box<PortArrival>),
    /// A [`PortHold`] -> AudioPortsActor: this port is no longer needed.
    Released(u16, LeaseId),
}

impl From<PendingRequest<LeasePort>> for ToPorts {
    fn from(asked: PendingRequest<LeasePort>) -> Self {
        Self::Lease(asked)
    }
}

impl From<PendingRequest<EndLease>> for ToPorts {
    fn from(asked: PendingRequest<EndLease>) -> Self {
        Self::End(asked)
    }
}

impl From<PendingRequest<ListLeases>> for ToPorts {
    fn from(asked: PendingRequest<ListLeases>) -> Self {
        Self::List(asked)
    }
}

impl From<PendingRequest<ClosePorts>> for ToPorts {
    fn from(asked: PendingRequest<ClosePorts>) -> Self {
        Self::Close(asked)
    }
}

/// A leased port in use. It goes with the connection to the call, and stays there as long as the call does. When it
/// is dropped, the port is given back.
#[derive(Debug)]
pub struct PortHold {
    pub(crate) port: u16,
    pub(crate) lease: LeaseId,
    pub(crate) line: PortLine,
}

impl Drop for PortHold {
    fn drop(&mut self) {
        self.line.tell(ToPorts::Released(self.port, self.lease));
    }
}
