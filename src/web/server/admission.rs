//! Admission of HTTP connections: which are admitted, which are refused, and which are closed for another. Pure: the moment is
//! an argument.
//!
//! A connection that has no complete request costs its client nothing, so it is the one that goes when there are too many: the
//! oldest such one of the address that has too many, or the oldest of all. A client that sends its request at once is the newest
//! of them for a moment and none of them afterwards, so it comes in while thousands of slow ones are held.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use tokio::time::Instant;

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Of all kinds.
    pub(super) all: usize,
    /// WebSockets.
    pub(super) sockets: usize,
    /// Connections that are no WebSockets.
    pub(super) requests: usize,
    /// Of one address, that are no WebSockets.
    pub(super) of_address: usize,
}

/// A connection's number. None is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ConnectionId(u64);

/// Present standing of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has no complete request, since then.
    Waiting(Instant),
    /// Its request is being answered.
    AtWork,
    /// It is a WebSocket, which has bounds of its own.
    Socket,
    /// It was told to go.
    Leaving,
}

/// Result for a client that connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// They come in; where one is named, that connection has to go.
    Admitted { id: ConnectionId, instead_of: Option<ConnectionId> },
    /// They are refused.
    Refused(TooMany),
}

/// Why somebody is refused: every connection that could go for them is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    /// Of their address.
    OfAddress,
    /// In all.
    InAll,
}

/// The connections that there are.
#[derive(Debug)]
pub(super) struct Admission {
    bounds: Bounds,
    next: u64,
    connections: HashMap<ConnectionId, Connection>,
    /// Those that may go, oldest first.
    waiting: BTreeSet<(Instant, ConnectionId)>,
    addresses: HashMap<IpAddr, OfAddress>,
    sockets: usize,
    leaving: usize,
}

#[derive(Debug)]
struct Connection {
    /// The address that it counts for; none where that has no bound.
    address: Option<IpAddr>,
    standing: Standing,
}

/// The connections of one address that are no WebSockets.
#[derive(Debug, Default)]
struct OfAddress {
    count: usize,
    waiting: BTreeSet<(Instant, ConnectionId)>,
}

impl Admission {
    /// None yet.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            next: 0,
            connections: HashMap::new(),
            waiting: BTreeSet::new(),
            addresses: HashMap::new(),
            sockets: 0,
            leaving: 0,
        }
    }

    /// Somebody connects from this address, or from one without a bound. WebSockets that carry the audio of calls are `legs`:
    /// their files are those of their calls.
    pub(super) fn arrive(&mut self, address: Option<IpAddr>, legs: usize, now: Instant) -> Arrival {
        let own = address.and_then(|address| self.addresses.get(&address));
        let instead_of = if let Some(own) = own.filter(|own| own.count >= self.bounds.of_address) {
            match own.waiting.first() {
                Some((_, oldest)) => Some(*oldest),
                None => return Arrival::Refused(TooMany::OfAddress),
            }
        } else if self.is_full(legs) {
            match self.waiting.first() {
                Some((_, oldest)) => Some(*oldest),
                None => return Arrival::Refused(TooMany::InAll),
            }
        } else {
            None
        };
        if let Some(oldest) = instead_of {
            self.stands(oldest, Standing::Leaving);
        }
        let id = ConnectionId(self.next);
        self.next += 1;
        self.enter(id, Connection { address, standing: Standing::Waiting(now) });
        Arrival::Admitted { id, instead_of }
    }

    fn is_full(&self, legs: usize) -> bool {
        let staying = self.connections.len() - self.leaving;
        staying - self.sockets >= self.bounds.requests || staying >= self.bounds.all + legs
    }

    /// Sets the standing of a connection from now on. One that was told to go stays so, and so does a WebSocket.
    pub(super) fn stands(&mut self, id: ConnectionId, standing: Standing) {
        let Some(Connection { address, standing: before }) = self.leave(id) else { return };
        let standing = match before {
            Standing::Leaving | Standing::Socket => before,
            Standing::Waiting(_) | Standing::AtWork => standing,
        };
        self.enter(id, Connection { address, standing });
    }

    /// A connection is gone.
    pub(super) fn gone(&mut self, id: ConnectionId) {
        self.leave(id);
    }

    /// Whether one more connection may become a WebSocket.
    pub(super) fn has_room_for_socket(&self, legs: usize) -> bool {
        self.sockets < self.bounds.sockets + legs
    }

    /// Connections that were told to go and are not gone yet.
    pub(super) fn leaving(&self) -> usize {
        self.leaving
    }

    fn enter(&mut self, id: ConnectionId, connection: Connection) {
        let Connection { address, standing } = connection;
        match standing {
            Standing::Waiting(since) => {
                self.waiting.insert((since, id));
            }
            Standing::AtWork => {}
            Standing::Socket => self.sockets += 1,
            Standing::Leaving => self.leaving += 1,
        }
        if let (Some(address), Standing::Waiting(_) | Standing::AtWork) = (address, standing) {
            let own = self.addresses.entry(address).or_default();
            own.count += 1;
            if let Standing::Waiting(since) = standing {
                own.waiting.insert((since, id));
            }
        }
        self.connections.insert(id, connection);
    }

    fn leave(&mut self, id: ConnectionId) -> Option<Connection> {
        let connection = self.connections.remove(&id)?;
        let Connection { address, standing } = connection;
        match standing {
            Standing::Waiting(since) => {
                self.waiting.remove(&(since, id));
            }
            Standing::AtWork => {}
            Standing::Socket => self.sockets -= 1,
            Standing::Leaving => self.leaving -= 1,
        }
        if let (Some(address), Standing::Waiting(_) | Standing::AtWork) = (address, standing)
            && let Some(own) = self.addresses.get_mut(&address)
        {
            own.count -= 1;
            if let Standing::Waiting(since) = standing {
                own.waiting.remove(&(since, id));
            }
            if own.count == 0 {
                self.addresses.remove(&address);
            }
        }
        Some(connection)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { all: 12, sockets: 4, requests: 8, of_address: 3 };

    fn from(last: u8) -> Option<IpAddr> {
        Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    /// Admissions whose clock goes on by 1 ms with each.
    struct Port {
        table: Admission,
        now: Instant,
    }

    impl Port {
        fn new() -> Self {
            Self { table: Admission::new(BOUNDS), now: Instant::now() }
        }

        fn arrive(&mut self, address: Option<IpAddr>) -> Arrival {
            self.now += Duration::from_millis(1);
            self.table.arrive(address, 0, self.now)
        }

        fn admitted(&mut self, address: Option<IpAddr>) -> ConnectionId {
            match self.arrive(address) {
                Arrival::Admitted { id, instead_of: None } => id,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_full_address_loses_its_own_oldest_idle_connection() {
        let mut port = Port::new();
        let stranger = port.admitted(from(9));
        let [at_work, second, third] = [(); 3].map(|()| port.admitted(from(1)));
        port.table.stands(at_work, Standing::AtWork);
        let Arrival::Admitted { id: fourth, instead_of } = port.arrive(from(1)) else { panic!("refused") };
        assert_eq!(instead_of, Some(second));
        for id in [third, fourth] {
            port.table.stands(id, Standing::AtWork);
        }
        assert_eq!(port.arrive(from(1)), Arrival::Refused(TooMany::OfAddress));
        port.table.gone(at_work);
        port.admitted(from(1));
        port.table.stands(stranger, Standing::AtWork);
    }

    #[test]
    fn a_full_server_admits_newcomers_in_place_of_idle_connections() {
        let mut port = Port::new();
        let slow: Vec<_> = (0..8).map(|_| port.admitted(None)).collect();
        let Arrival::Admitted { id, instead_of } = port.arrive(from(1)) else { panic!("refused") };
        assert_eq!((instead_of, port.table.leaving()), (Some(slow[0]), 1));
        port.table.stands(id, Standing::AtWork);
        // One that was answered is the newest of those who wait.
        port.table.stands(slow[1], Standing::AtWork);
        port.table.stands(slow[1], Standing::Waiting(port.now));
        let Arrival::Admitted { instead_of, .. } = port.arrive(from(2)) else { panic!("refused") };
        assert_eq!(instead_of, Some(slow[2]));
    }

    #[test]
    fn whoever_is_answered_goes_for_nobody() {
        let mut port = Port::new();
        for address in 1..=8 {
            let id = port.admitted(from(address));
            port.table.stands(id, Standing::AtWork);
        }
        assert_eq!(port.arrive(from(9)), Arrival::Refused(TooMany::InAll));
    }

    #[test]
    fn sockets_have_their_share_and_call_sockets_displace_nobody() {
        let mut port = Port::new();
        for _ in 0..4 {
            assert!(port.table.has_room_for_socket(0));
            let id = port.admitted(from(1));
            port.table.stands(id, Standing::Socket);
        }
        assert!(!port.table.has_room_for_socket(0), "an address may have all of them, but no more");
        assert!(port.table.has_room_for_socket(1), "one of them carries a call");
        for address in 1..=8 {
            port.admitted(from(address));
        }
        assert!(matches!(port.arrive(from(9)), Arrival::Admitted { instead_of: Some(_), .. }));
    }

    #[test]
    fn a_leaving_connection_counts_only_as_leaving_until_gone() {
        let mut port = Port::new();
        let ids = [(); 3].map(|()| port.admitted(from(1)));
        port.arrive(from(1));
        port.table.stands(ids[0], Standing::AtWork);
        assert_eq!(port.table.leaving(), 1, "its last words change nothing");
        port.table.gone(ids[0]);
        port.table.gone(ids[0]);
        assert_eq!(port.table.leaving(), 0);
    }

    proptest! {
        #[test]
        fn no_order_of_events_breaks_bounds_or_loses_places(
            events in proptest::collection::vec((0_u8..5, 0_u8..4, 0_usize..20), 0..400),
        ) {
            let mut port = Port::new();
            let mut there: Vec<(ConnectionId, u8)> = Vec::new();
            for (event, address, which) in events {
                let picked = (!there.is_empty()).then(|| which % there.len());
                match (event, picked) {
                    (0 | 1, _) => {
                        // Address 0 has no bound.
                        let arrival = port.arrive(if address == 0 { None } else { from(address) });
                        if let Arrival::Admitted { id, .. } = arrival {
                            there.push((id, address));
                        }
                    }
                    (2, Some(at)) => port.table.stands(there[at].0, Standing::AtWork),
                    (3, Some(at)) if port.table.has_room_for_socket(0) => {
                        port.table.stands(there[at].0, Standing::Socket);
                    }
                    (4, Some(at)) => port.table.gone(there.swap_remove(at).0),
                    _ => {}
                }
                let table = &port.table;
                prop_assert_eq!(table.connections.len(), there.len());
                let requests = there.len() - table.leaving - table.sockets;
                prop_assert!(requests <= BOUNDS.requests && requests + table.sockets <= BOUNDS.all);
                prop_assert!(table.addresses.values().all(|own| own.count <= BOUNDS.of_address));
            }
            for (id, _) in there {
                port.table.gone(id);
            }
            let Admission { waiting, addresses, sockets, leaving, .. } = port.table;
            prop_assert!(waiting.is_empty() && addresses.is_empty() && (sockets, leaving) == (0, 0));
        }
    }
}
