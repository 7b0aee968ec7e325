//! The port that dialplans open control connections to (`socket`): one for all calls.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use cordboard_schema::limits::{ESL_BACKLOG, ESL_HANDSHAKES_MAX};
use ipnet::IpNet;
use tokio::net::TcpStream;

use super::esl_handshake::{HandshakeError, shake};
use crate::listening::{self, Door, TakenPort, accepting, count, tally};
use crate::live_count::LiveCount;
use crate::messages::{ControlArrived, RegistryLine};

/// Which of our switches has this address, by its name in `freeswitch.servers`.
pub type ServerAt = Arc<dyn Fn(IpAddr) -> Option<String> + Send + Sync>;

/// Where control connections are taken, and from whom.
#[derive(Clone)]
pub struct EslSettings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Networks that may connect: an outbound event socket has no authentication. Empty: nobody.
    pub allow: Vec<IpNet>,
    /// Which switch it is that connects.
    pub server_at: ServerAt,
}

impl fmt::Debug for EslSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, allow, server_at: _ } = self;
        f.debug_struct("EslSettings").field("listen", listen).field("allow", allow).finish_non_exhaustive()
    }
}

/// The port, taken and not open yet: who connects is refused.
#[derive(Debug)]
pub struct EslListener {
    port: TakenPort,
    settings: EslSettings,
    live: LiveCount,
    handshakes_max: usize,
}

/// A listener that accepts. Dropping it closes the listener.
pub type EslListenerHandle = listening::ListenerHandle<EslListenerCounters>;

impl EslListener {
    /// Binds the port. A port that a former process has just left is taken at once (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// What the system says: the port is taken, or not ours to take.
    pub fn bind(settings: EslSettings) -> io::Result<Self> {
        Ok(Self {
            port: TakenPort::bind(settings.listen)?,
            settings,
            live: LiveCount::new(),
            handshakes_max: ESL_HANDSHAKES_MAX,
        })
    }

    /// Counts handshakes there.
    #[must_use]
    pub fn counted_in(self, live: LiveCount) -> Self {
        Self { live, ..self }
    }

    /// Lets no more handshakes be under way at once than the process has files for.
    #[must_use]
    pub fn with_handshakes(self, most: usize) -> Self {
        Self { handshakes_max: most.min(ESL_HANDSHAKES_MAX), ..self }
    }

    /// The address that was bound, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }

    /// Opens the port, accepts connections on the current arbiter and gives each one that says its channel to `registry`.
    ///
    /// # Errors
    /// What the system says: another process has opened the port meanwhile, or the runtime can't have it.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn serve(self, registry: RegistryLine) -> io::Result<EslListenerHandle> {
        let Self { port, settings: EslSettings { allow, server_at, .. }, live, handshakes_max } = self;
        let listener = port.open(ESL_BACKLOG)?;
        let counters = Arc::<Counters>::default();
        let door = EslDoor { registry, server_at, handshakes_max, counters: Arc::clone(&counters) };
        let task = tokio::task::spawn_local(accepting(listener, allow, live, door));
        Ok(EslListenerHandle::new(task, move || counters.read()))
    }
}

tally! {
    /// What became of the control connections since the start of the listener.
    EslListenerCounters, counted in Counters {
        /// Said their channel and were given to the registry.
        arrived,
        /// Came from outside the allowed networks, and were closed at once.
        not_allowed,
        /// Closed or broke before they had said their channel.
        closed_early,
        /// Did not say their channel in time.
        silent,
        /// Dropped while silent, to make room for another.
        no_room,
        /// Are no outbound event socket.
        not_freeswitch,
        /// Were opened by a dialplan without `async full`.
        not_async_full,
    }
}

/// Takes connections in and hands them on.
struct EslDoor {
    registry: RegistryLine,
    server_at: ServerAt,
    handshakes_max: usize,
    counters: Arc<Counters>,
}

impl Door for EslDoor {
    const KIND: &'static str = "esl";
    const ALLOW_SETTING: &'static str = "freeswitch.allow";

    fn not_allowed(&self) {
        count(&self.counters.not_allowed);
    }

    fn no_room(&self) {
        count(&self.counters.no_room);
    }

    fn handshakes_max(&self) -> usize {
        self.handshakes_max
    }

    fn handshake(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static {
        let server = (self.server_at)(peer.ip().to_canonical());
        shake_and_hand_on(stream, peer, server, self.registry.clone(), Arc::clone(&self.counters))
    }
}

async fn shake_and_hand_on(
    stream: TcpStream,
    peer: SocketAddr,
    server: Option<String>,
    registry: RegistryLine,
    counters: Arc<Counters>,
) {
    let connection = match shake(stream, peer, server).await {
        Ok(connection) => connection,
        Err(error) => return report(&error, peer, &counters),
    };
    count(&counters.arrived);
    if let Err(cause) = registry.ask(ControlArrived(connection)).await {
        tracing::warn!(%peer, %cause, "a control connection was closed");
    }
}

fn report(error: &HandshakeError, peer: SocketAddr, counters: &Counters) {
    match error {
        HandshakeError::Closed(cause) => {
            count(&counters.closed_early);
            tracing::debug!(%peer, ?cause, "{error}");
        }
        HandshakeError::Silent => {
            count(&counters.silent);
            tracing::debug!(%peer, "{error}");
        }
        HandshakeError::NotFreeswitch(_) | HandshakeError::NoChannel => {
            count(&counters.not_freeswitch);
            tracing::warn!(%peer, %error, "closed a control connection");
        }
        HandshakeError::NotAsyncFull => {
            count(&counters.not_async_full);
            tracing::error!(%peer, "{error}");
        }
        HandshakeError::HandOn(cause) => {
            tracing::error!(%peer, %cause, "{error}");
        }
    }
}
