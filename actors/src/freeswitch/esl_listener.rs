//! The port that dialplans open control connections to (`socket`): one for all calls.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use cordboard_schema::limits::{ESL_BACKLOG, ESL_HANDSHAKES_MAX};
use ipnet::IpNet;
use tokio::net::TcpStream;

use super::esl_arrival::{ChannelSettings, EslArrival};
use super::esl_handshake::{HandshakeError, shake};
use crate::listening::{
    self, Blame, CallPort, ConnectionHandler, HandshakeFault, Listener, PortSettings, hand_on, report, tally,
};
use crate::messages::{ControlArrived, RegistryLine};

/// Returns which of our switches has this address, by its name in `freeswitch.servers`.
pub type ServerAt = Arc<dyn Fn(IpAddr) -> Option<String> + Send + Sync>;

/// Address on which control connections are accepted, and the networks that may connect.
#[derive(Clone)]
pub struct EslSettings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Networks that may connect, because an outbound event socket has no authentication. If empty, nobody may.
    pub allow: Vec<IpNet>,
    /// Finds the switch that connects.
    pub server_at: ServerAt,
}

impl fmt::Debug for EslSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, allow, server_at: _ } = self;
        f.debug_struct("EslSettings").field("listen", listen).field("allow", allow).finish_non_exhaustive()
    }
}

impl PortSettings for EslSettings {
    const PORT: &'static CallPort = &CallPort {
        name: "event socket",
        setting: "freeswitch.esl_listen",
        check: "esl port",
        counter: "esl_connections",
        counts: "Connections to the port of control links, by outcome",
    };
    const BACKLOG: i32 = ESL_BACKLOG;
    const HANDSHAKES_MAX: usize = ESL_HANDSHAKES_MAX;

    fn listen(&self) -> SocketAddr {
        self.listen
    }

    fn allow(&self) -> &[IpNet] {
        &self.allow
    }
}

/// The port, bound and not open yet: connections are refused.
pub type EslListener = Listener<EslSettings>;

/// An accepting listener. Dropping this closes it.
pub type EslListenerHandle = listening::ListenerHandle<EslListenerCounters>;

impl EslListener {
    /// Opens the port, accepts connections on the current arbiter and gives each one that names its channel to `registry`, with
    /// these settings for channels.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the port can't be registered with the runtime.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn serve(self, registry: RegistryLine, channels: ChannelSettings) -> io::Result<EslListenerHandle> {
        self.open(|EslSettings { server_at, .. }, counters| EslHandler {
            registry,
            channels,
            server_at,
            counters,
        })
    }
}

tally! {
    /// Control connections since the start of the listener, by their outcome.
    EslListenerCounters, counted in Counters {
        /// Named their channel and were given to the registry.
        arrived,
        /// Came from outside the allowed networks, and were closed at once.
        not_allowed,
        /// Closed or broke before they had named their channel.
        closed_early,
        /// Did not name their channel in time.
        silent,
        /// Dropped while silent, to make room for another one.
        no_room,
        /// Were not an outbound event socket.
        not_freeswitch,
        /// Were opened by a dialplan without `async full`.
        not_async_full,
        /// Had a channel id that is not a UUID as FreeSWITCH makes them.
        odd_id,
    }
}

/// Accepts connections and passes them on.
struct EslHandler {
    registry: RegistryLine,
    channels: ChannelSettings,
    server_at: ServerAt,
    counters: Arc<Counters>,
}

impl ConnectionHandler for EslHandler {
    const KIND: &'static str = "esl";
    const ALLOW_SETTING: &'static str = "freeswitch.allow";

    type Counters = Counters;

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn handshake(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static {
        let server = (self.server_at)(peer.ip().to_canonical());
        let (registry, settings) = (self.registry.clone(), self.channels.clone());
        let counters = Arc::clone(&self.counters);
        async move {
            match shake(stream, peer, server).await {
                Ok(connection) => {
                    let arrived = ControlArrived(Box::new(EslArrival { connection, settings }));
                    hand_on(arrived, (peer, "a control connection"), &registry, &*counters).await;
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
            Self::NotFreeswitch(_) | Self::NoChannel => {
                Blame::Peer(&counters.not_freeswitch, "closed a control connection")
            }
            Self::NotAsyncFull => Blame::Switch(&counters.not_async_full),
            Self::OddId(_) => Blame::Switch(&counters.odd_id),
            Self::HandOn(_) => Blame::Server,
        }
    }
}
