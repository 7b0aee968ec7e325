//! The AudioSocket port: one for all calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use cordboard_schema::limits::{AUDIOSOCKET_BACKLOG, AUDIOSOCKET_HANDSHAKES_MAX};
use ipnet::IpNet;
use tokio::net::TcpStream;

use super::handshake::{HandshakeError, shake};
use crate::listening::{
    self, Blame, CallPort, ConnectionHandler, HandshakeFault, Listener, PortSettings, hand_on, report, tally,
};
use crate::messages::{AudioArrived, RegistryLine};

/// Address on which AudioSocket connections are accepted, and the networks that may connect.
#[derive(Clone, Debug)]
pub struct AudioSocketSettings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Networks that may connect, because AudioSocket has no authentication of its own. If empty, nobody may.
    pub allow: Vec<IpNet>,
}

impl PortSettings for AudioSocketSettings {
    const PORT: &'static CallPort = &CallPort {
        name: "AudioSocket",
        setting: "audiosocket.listen",
        check: "audiosocket port",
        counter: "audiosocket_connections",
        counts: "Connections to the AudioSocket port, by outcome",
    };
    const BACKLOG: i32 = AUDIOSOCKET_BACKLOG;
    const HANDSHAKES_MAX: usize = AUDIOSOCKET_HANDSHAKES_MAX;

    fn listen(&self) -> SocketAddr {
        self.listen
    }

    fn allow(&self) -> &[IpNet] {
        &self.allow
    }
}

/// The port, bound and not open yet: connections are refused.
pub type AudioSocketListener = Listener<AudioSocketSettings>;

/// An accepting listener. Dropping this closes it.
pub type ListenerHandle = listening::ListenerHandle<ListenerCounters>;

impl AudioSocketListener {
    /// Opens the port, accepts connections on the current arbiter and gives each one that sends its UUID to `registry`.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the port can't be registered with the runtime.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn serve(self, registry: RegistryLine) -> io::Result<ListenerHandle> {
        self.open(|_, counters| AudioSocketHandler { registry, counters })
    }
}

tally! {
    /// Counters of the connections of a listener since its start.
    ListenerCounters, counted in Counters {
        /// Sent their UUID and were given to the registry.
        arrived,
        /// Came from outside the allowed networks, and were closed at once.
        not_allowed,
        /// Closed or broke before their UUID was complete.
        closed_early,
        /// Did not send their UUID in time.
        silent,
        /// Dropped while silent, to make room for another one.
        no_room,
        /// Did not start with a UUID.
        not_asterisk,
    }
}

/// Accepts connections and passes them on.
struct AudioSocketHandler {
    registry: RegistryLine,
    counters: Arc<Counters>,
}

impl ConnectionHandler for AudioSocketHandler {
    const KIND: &'static str = "audiosocket";
    const ALLOW_SETTING: &'static str = "audiosocket.allow";

    type Counters = Counters;

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn handshake(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static {
        let (registry, counters) = (self.registry.clone(), Arc::clone(&self.counters));
        async move {
            match shake(stream, peer).await {
                Ok(connection) => {
                    let arrived = AudioArrived(Box::new(connection));
                    hand_on(arrived, (peer, "an audiosocket connection"), &registry, &*counters).await;
                }
                Err(error) => report(&error, peer, &*counters),
            }
        }
    }
}

impl HandshakeFault for HandshakeError {
    type Counters = Counters;

    fn blame<'c>(&self, counters: &'c Counters) -> Blame<'c> {
        match self {
            Self::Closed(_) => Blame::Harmless(&counters.closed_early),
            Self::Silent => Blame::Harmless(&counters.silent),
            Self::NotAsterisk(_) => Blame::Peer(&counters.not_asterisk, "closed an audiosocket connection"),
            Self::HandOn(_) => Blame::Server,
        }
    }
}
