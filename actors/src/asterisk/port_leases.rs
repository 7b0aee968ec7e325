//! The leases of a range of ports: pure, so that every order of events can be tried. A port is free or leased, never both
//! and never neither; what was given back last is leased last, so that a port rests before it is used again.

use std::collections::{BTreeMap, VecDeque};

use cordboard_schema::event::Announcement;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use crate::listening::PortRange;

/// Request for a lease: the call that the port is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseRequest {
    /// The UUID that the connection has to say; none for whatever it says.
    pub uuid: Option<Uuid>,
    /// Name of the profile that a new call is answered with.
    pub profile: Option<String>,
    /// Known facts of the call; none where it is announced already.
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
    /// For whom.
    pub wanted: LeaseRequest,
    /// Since when.
    pub since: UnixMs,
    /// Its state.
    pub state: LeaseState,
}

impl Lease {
    /// When nobody waits for its connection any more; none once that is there.
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
        /// It ends when nobody came until then.
        until: UnixMs,
    },
    /// The connection came; the lease ends with its call.
    Joined {
        /// UUID that the connection said.
        uuid: Uuid,
    },
}

/// Why a connection is not the one that a port was leased for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefused {
    /// The lease has ended meanwhile, or has its connection.
    #[error("the port waits for nobody any more")]
    NotWaited,
    /// It said another UUID.
    #[error("the port is leased for {wanted}")]
    WrongUuid {
        /// The right one.
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
    /// Longest given back first.
    free: VecDeque<u16>,
    leases: BTreeMap<u16, Lease>,
    newest: u64,
}

impl PortLeases {
    /// A range of which every port is free.
    pub fn new(range: PortRange) -> Self {
        let free = range.numbers().collect();
        Self { range, free, leases: BTreeMap::new(), newest: 0 }
    }

    /// The ports that are free, in the order in which they are to be leased.
    pub fn free(&self) -> impl Iterator<Item = u16> {
        self.free.iter().copied()
    }

    /// Leases a port that is free; none where it is not.
    pub fn lease(&mut self, port: u16, wanted: LeaseRequest, now: UnixMs, until: UnixMs) -> Option<Lease> {
        let at = self.free.iter().position(|free| *free == port)?;
        self.free.remove(at);
        self.newest += 1;
        let state = LeaseState::Waiting { until };
        let lease = Lease { id: LeaseId(self.newest), port, wanted, since: now, state };
        self.leases.insert(port, lease.clone());
        Some(lease)
    }

    /// A free port that can't be opened goes behind the others.
    pub fn pass_over(&mut self, port: u16) {
        if let Some(at) = self.free.iter().position(|free| *free == port) {
            self.free.remove(at);
            self.free.push_back(port);
        }
    }

    /// The connection of a lease came, and said this. For whom the port was leased.
    ///
    /// # Errors
    /// It is not the one; the lease stays as it was.
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

    /// Ends whatever lease the port has.
    pub fn end(&mut self, port: u16) -> Option<Lease> {
        let lease = self.leases.remove(&port)?;
        self.free.push_back(port);
        Some(lease)
    }

    /// Ends this lease of the port, where it has not ended.
    pub fn end_this(&mut self, port: u16, id: LeaseId) -> Option<Lease> {
        self.leases.get(&port).filter(|lease| lease.id == id)?;
        self.end(port)
    }

    /// Ends the leases whose connection did not come in time.
    pub fn expire(&mut self, now: UnixMs) -> Vec<Lease> {
        self.end_waiting(|until| until <= now)
    }

    /// Ends every lease whose connection has not come.
    pub fn give_up_waiting(&mut self) -> Vec<Lease> {
        self.end_waiting(|_| true)
    }

    fn end_waiting(&mut self, is_over: impl Fn(UnixMs) -> bool) -> Vec<Lease> {
        let over = |lease: &&Lease| matches!(lease.state, LeaseState::Waiting { until } if is_over(until));
        let ports: Vec<u16> = self.leases.values().filter(over).map(|lease| lease.port).collect();
        ports.into_iter().filter_map(|port| self.end(port)).collect()
    }

    /// When the next lease expires.
    pub fn next_deadline(&self) -> Option<UnixMs> {
        self.leases.values().filter_map(Lease::expires_at).min()
    }

    /// The leases, by port.
    pub fn list(&self) -> impl Iterator<Item = &Lease> {
        self.leases.values()
    }

    /// Ports of live calls, and those that wait for their connection.
    pub fn in_calls_and_waiting(&self) -> (u32, u32) {
        let in_calls =
            self.leases.values().filter(|lease| matches!(lease.state, LeaseState::Joined { .. })).count();
        let waiting = self.leases.len() - in_calls;
        (u32::try_from(in_calls).unwrap_or(u32::MAX), u32::try_from(waiting).unwrap_or(u32::MAX))
    }

    /// The error where no port could be leased: those that are still free are somebody else's.
    pub fn used_up(&self) -> PortsUsedUp {
        let (in_calls, waiting) = self.in_calls_and_waiting();
        let elsewhere = u32::try_from(self.free.len()).unwrap_or(u32::MAX);
        PortsUsedUp { range: self.range, in_calls, waiting, elsewhere }
    }
}
