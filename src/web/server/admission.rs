//! Admission of HTTP connections: which are admitted, which are refused, and which are closed to make room. Pure: the time is an argument.
//!
//! A connection without a complete request costs its client nothing, so when there are too many, such a one is closed: the oldest of the address that
//! has too many, or the oldest of all. A client that sends its request at once is the newest of them for a moment and none of them afterwards, so it
//! is admitted even while thousands of slow ones are open.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use tokio::time::Instant;

/// Limits on the number of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Of all kinds.
    pub(super) all: usize,
    /// WebSockets.
    pub(super) sockets: usize,
    /// Connections other than WebSockets.
    pub(super) requests: usize,
    /// Connections of one address, other than WebSockets.
    pub(super) of_address: usize,
}

/// A connection's number. Numbers are not reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ConnectionId(u64);

/// State of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has had no complete request since then.
    Waiting(Instant),
    /// Its request is being answered.
    AtWork,
    /// It is a WebSocket, which has bounds of its own.
    Socket,
    /// It was told to close.
    Leaving,
}

/// Result for a client that connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is admitted; if `instead_of` is set, that connection has to close.
    Admitted { id: ConnectionId, instead_of: Option<ConnectionId> },
    /// It is refused.
    Refused(TooMany),
}

/// Why a client is refused: every connection that could be closed for it is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    /// Too many connections of its address.
    OfAddress,
    /// Too many connections in all.
    InAll,
}

/// The present connections.
#[derive(Debug)]
pub(super) struct Admission {
    bounds: Bounds,
    next: u64,
    connections: HashMap<ConnectionId, Connection>,
    /// Connections that may be closed, oldest first.
    waiting: BTreeSet<(Instant, ConnectionId)>,
    addresses: HashMap<IpAddr, OfAddress>,
    sockets: usize,
    leaving: usize,
}

#[derive(Debug)]
struct Connection {
    /// The address that it counts for; `None` if that has no limit.
    address: Option<IpAddr>,
    standing: Standing,
}

/// The connections of one address, other than WebSockets.
#[derive(Debug, Default)]
struct OfAddress {
    count: usize,
    waiting: BTreeSet<(Instant, ConnectionId)>,
}

impl Admission {
    /// Starts without connections.
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

    /// Handles a client that connects from this address, or from one without a limit. `legs` is the number of WebSockets that carry the audio of
    /// calls, whose files count for their calls.
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
            self.set_standing(oldest, Standing::Leaving);
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

    /// Sets the state of a connection. One that was told to close stays so, and so does a WebSocket.
    pub(super) fn set_standing(&mut self, id: ConnectionId, standing: Standing) {
        let Some(Connection { address, standing: before }) = self.leave(id) else { return };
        let standing = match before {
            Standing::Leaving | Standing::Socket => before,
            Standing::Waiting(_) | Standing::AtWork => standing,
        };
        self.enter(id, Connection { address, standing });
    }

    /// Removes a closed connection.
    pub(super) fn gone(&mut self, id: ConnectionId) {
        self.leave(id);
    }

    /// Whether another connection may become a WebSocket.
    pub(super) fn has_room_for_socket(&self, legs: usize) -> bool {
        self.sockets < self.bounds.sockets + legs
    }

    /// Connections that were told to close and are still open.
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

    /// An admission whose clock advances by 1 ms at each call.
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
        port.table.set_standing(at_work, Standing::AtWork);
        let Arrival::Admitted { id: fourth, instead_of } = port.arrive(from(1)) else { panic!("refused") };
        assert_eq!(instead_of, Some(second));
        for id in [third, fourth] {
            port.table.set_standing(id, Standing::AtWork);
        }
        assert_eq!(port.arrive(from(1)), Arrival::Refused(TooMany::OfAddress));
        port.table.gone(at_work);
        port.admitted(from(1));
        port.table.set_standing(stranger, Standing::AtWork);
    }

    #[test]
    fn a_full_server_admits_newcomers_in_place_of_idle_connections() {
        let mut port = Port::new();
        let slow: Vec<_> = (0..8).map(|_| port.admitted(None)).collect();
        let Arrival::Admitted { id, instead_of } = port.arrive(from(1)) else { panic!("refused") };
        assert_eq!((instead_of, port.table.leaving()), (Some(slow[0]), 1));
        port.table.set_standing(id, Standing::AtWork);
        // A connection that was just answered is the newest of the waiting ones.
        port.table.set_standing(slow[1], Standing::AtWork);
        port.table.set_standing(slow[1], Standing::Waiting(port.now));
        let Arrival::Admitted { instead_of, .. } = port.arrive(from(2)) else { panic!("refused") };
        assert_eq!(instead_of, Some(slow[2]));
    }

    #[test]
    fn connections_being_answered_are_never_closed_to_make_room() {
        let mut port = Port::new();
        for address in 1..=8 {
            let id = port.admitted(from(address));
            port.table.set_standing(id, Standing::AtWork);
        }
        assert_eq!(port.arrive(from(9)), Arrival::Refused(TooMany::InAll));
    }

    #[test]
    fn sockets_have_their_share_and_call_sockets_displace_nobody() {
        let mut port = Port::new();
        for _ in 0..4 {
            assert!(port.table.has_room_for_socket(0));
            let id = port.admitted(from(1));
            port.table.set_standing(id, Standing::Socket);
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
        port.table.set_standing(ids[0], Standing::AtWork);
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
                        // Address 0 has no limit.
                        let arrival = port.arrive(if address == 0 { None } else { from(address) });
                        if let Arrival::Admitted { id, .. } = arrival {
                            there.push((id, address));
                        }
                    }
                    (2, Some(at)) => port.table.set_standing(there[at].0, Standing::AtWork),
                    (3, Some(at)) if port.table.has_room_for_socket(0) => {
                        port.table.set_standing(there[at].0, Standing::Socket);
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
