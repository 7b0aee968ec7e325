//! A leased port while it waits for its one connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use cordboard_schema::limits::{AUDIO_PORT_BACKLOG, AUDIO_PORT_HANDSHAKES_MAX};
use ipnet::IpNet;
use tokio::net::TcpStream;

use super::handshake::shake;
use super::listener::{Counters, ListenerHandle};
use super::port_leases::LeaseId;
use crate::line::PortLine;
use crate::listening::{ConnectionHandler, PortListener, TakenPort, Tally, accepting, count, report};
use crate::live_count::LiveCount;
use crate::messages::{PortArrival, ToPorts};

/// The networks that may connect to leased ports, and what counts and receives their connections.
#[derive(Clone)]
pub(super) struct PortAccess {
    pub(super) allow: Vec<IpNet>,
    pub(super) counters: Arc<Counters>,
    /// Handshakes that are under way.
    pub(super) live: LiveCount,
    pub(super) line: PortLine,
}

/// An open port whose lease has no number yet.
pub(super) struct OpenPort(PortListener);

impl OpenPort {
    /// Opens the port.
    ///
    /// # Errors
    /// The system's error, usually that another program has the port.
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        TakenPort::bind(address)?.open(AUDIO_PORT_BACKLOG).map(Self)
    }

    /// Accepts connections on the current arbiter until the returned handle is dropped. Connections that wait in the kernel are
    /// reset then.
    pub(super) fn serve(self, port: u16, lease: LeaseId, keeping: PortAccess) -> ListenerHandle {
        let PortAccess { allow, counters, live, line } = keeping;
        let door = LeasedPortHandler { port, lease, line, counters: Arc::clone(&counters) };
        let handshakes_max = AUDIO_PORT_HANDSHAKES_MAX;
        let task = tokio::task::spawn_local(accepting(self.0, allow, live, handshakes_max, door));
        ListenerHandle::new(task, move || counters.read())
    }
}

/// Accepts connections and sends them to the actor, which knows whether they are the expected ones.
struct LeasedPortHandler {
    port: u16,
    lease: LeaseId,
    line: PortLine,
    counters: Arc<Counters>,
}

impl ConnectionHandler for LeasedPortHandler {
    const KIND: &'static str = "audiosocket, leased port";
    const ALLOW_SETTING: &'static str = "audiosocket.allow";

    type Counters = Counters;

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn handshake(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static {
        let (port, lease) = (self.port, self.lease);
        let (line, counters) = (self.line.clone(), Arc::clone(&self.counters));
        async move {
            match shake(stream, peer).await {
                Ok(connection) => {
                    count(&counters.arrived);
                    line.tell(ToPorts::Arrived(Box::new(PortArrival { port, lease, connection })));
                }
                Err(error) => report(&error, peer, &*counters),
            }
        }
    }
}
