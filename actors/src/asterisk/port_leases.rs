//! The leases of a range of ports. Pure, so that every order of events can be tried. A port is either free or leased. The port that
//! was returned last is leased last, so that a port rests before it is used again.

use std::collections::{BTreeMap, VecDeque};

use cordboard_schema::event::Announcement;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use crate::listening::PortRange;

/// A request for a lease: the call that the port is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseRequest {
    /// The UUID that the connection has to send; none if any will do.
    pub uuid: Option<Uuid>,
    /// Name of the profile that answers a new call.
    pub profile: Option<String>,
    /// Known facts of the call; none if it was announced already.
    pub announcement: Option<Announcement>,
}

/// The number of a lease; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseId(u64);

/// A leased port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Number of the lease.
    pub id: LeaseId,
    /// The port.
    pub port: u16,
    /// The request that it was leased for.
    pub wanted: LeaseRequest,
    /// When it was leased.
    pub since: UnixMs,
    /// Its state.
    pub state: LeaseState,
}

impl Lease {
    /// Returns when the wait for its connection ends; none once the connection has arrived.
    pub fn expires_at(&self) -> Option<UnixMs> {
        match self.state {
            LeaseState::Waiting { until } => Some(until),
            LeaseState::Joined { .. } => None,
        }
    }
}

/// State of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// The port is open for its connection.
    Waiting {
        /// When the lease ends if no connection arrives.
        until: UnixMs,
    },
    /// The connection has arrived; the lease ends with its call.
    Joined {
        /// The UUID that the connection sent.
        uuid: Uuid,
    },
}

/// Why a connection is not the one that a port was leased for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefused {
    /// The lease has ended meanwhile, or has its connection.
    #[error("the port no longer waits for a connection")]
    NotWaited,
    /// It sent another UUID.
    #[error("the port is leased for {wanted}")]
    WrongUuid {
        /// The expected UUID.
        wanted: Uuid,
    },
}

/// No port is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "all {} ports of audiosocket.port_range ({range}) are used up: {in_calls} by calls that are live, {waiting} wait for \
     their connection, {elsewhere} are held by other programs; raise audiosocket.port_range, ask for a shorter ttl_s, or \
     give ports back with DELETE /api/v1/audio-ports/{{port}}", range.ports()
)]
pub struct PortsUsedUp {
    /// The range.
    pub range: PortRange,
    /// Ports of live calls.
    pub in_calls: u32,
    /// Ports that are open for their connection.
    pub waiting: u32,
    /// Ports that could not be opened.
    pub elsewhere: u32,
}

/// The leases of the ports of a range.
#[derive(Clone, Debug)]
pub struct PortLeases {
    range: PortRange,
    /// Free ports, the one that was returned first in front.
    free: VecDeque<u16>,
    leases: BTreeMap<u16, Lease>,
    newest: u64,
}

impl PortLeases {
    /// Starts with every port of the range free.
    pub fn new(range: PortRange) -> Self {
        let free = range.numbers().collect();
        Self { range, free, leases: BTreeMap::new(), newest: 0 }
    }

    /// Returns the free ports, in the order in which they are to be leased.
    pub fn free(&self) -> impl Iterator<Item = u16> {
        self.free.iter().copied()
    }

    /// Leases a free port; none if it is not free.
    pub fn lease(&mut self, port: u16, wanted: LeaseRequest, now: UnixMs, until: UnixMs) -> Option<Lease> {
        let at = self.free.iter().position(|free| *free == port)?;
        self.free.remove(at);
        self.newest += 1;
        let state = LeaseState::Waiting { until };
        let lease = Lease { id: LeaseId(self.newest), port, wanted, since: now, state };
        self.leases.insert(port, lease.clone());
        Some(lease)
    }

    /// Moves a free port that can't be opened to the end.
    pub fn pass_over(&mut self, port: u16) {
        if let Some(at) = self.free.iter().position(|free| *free == port) {
            self.free.remove(at);
            self.free.push_back(port);
        }
    }

    /// Joins a connection to a lease. Returns the request that the port was leased for.
    ///
    /// # Errors
    /// It is not the expected connection; the lease stays as it was.
    pub fn join(&mut self, port: u16, id: LeaseId, uuid: Uuid) -> Result<LeaseRequest, JoinRefused> {
        let lease = self.leases.get_mut(&port).filter(|lease| lease.id == id);
        let lease = lease.ok_or(JoinRefused::NotWaited)?;
        match (lease.state, lease.wanted.uuid) {
            (LeaseState::Joined { .. }, _) => Err(JoinRefused::NotWaited),
            (_, Some(wanted)) if wanted != uuid => Err(JoinRefused::WrongUuid { wanted }),
            _ => {
                lease.state = LeaseState::Joined { uuid };
                Ok(lease.wanted.clone())
            }
        }
    }

    /// Ends the lease of a port, if it has one.
    pub fn end(&mut self, port: u16) -> Option<Lease> {
        let lease = self.leases.remove(&port)?;
        self.free.push_back(port);
        Some(lease)
    }

    /// Ends this lease of the port, unless it has ended already.
    pub fn end_this(&mut self, port: u16, id: LeaseId) -> Option<Lease> {
        self.leases.get(&port).filter(|lease| lease.id == id)?;
        self.end(port)
    }

    /// Ends the leases whose connection did not arrive in time.
    pub fn expire(&mut self, now: UnixMs) -> Vec<Lease> {
        self.end_waiting(|until| until <= now)
    }

    /// Ends every lease whose connection has not arrived.
    pub fn give_up_waiting(&mut self) -> Vec<Lease> {
        self.end_waiting(|_| true)
    }

    fn end_waiting(&mut self, is_over: impl Fn(UnixMs) -> bool) -> Vec<Lease> {
        let over = |lease: &&Lease| matches!(lease.state, LeaseState::Waiting { until } if is_over(until));
        let ports: Vec<u16> = self.leases.values().filter(over).map(|lease| lease.port).collect();
        ports.into_iter().filter_map(|port| self.end(port)).collect()
    }

    /// Returns when the next lease expires.
    pub fn next_deadline(&self) -> Option<UnixMs> {
        self.leases.values().filter_map(Lease::expires_at).min()
    }

    /// Returns the leases, by port.
    pub fn list(&self) -> impl Iterator<Item = &Lease> {
        self.leases.values()
    }

    /// Returns the number of ports of live calls, and of those that wait for their connection.
    pub fn in_calls_and_waiting(&self) -> (u32, u32) {
        let in_calls =
            self.leases.values().filter(|lease| matches!(lease.state, LeaseState::Joined { .. })).count();
        let waiting = self.leases.len() - in_calls;
        (u32::try_from(in_calls).unwrap_or(u32::MAX), u32::try_from(waiting).unwrap_or(u32::MAX))
    }

    /// Returns the error for a request that found no port: ports that are still free are in use by another program.
    pub fn used_up(&self) -> PortsUsedUp {
        let (in_calls, waiting) = self.in_calls_and_waiting();
        let elsewhere = u32::try_from(self.free.len()).unwrap_or(u32::MAX);
        PortsUsedUp { range: self.range, in_calls, waiting, elsewhere }
    }
}
