//! The AudioSocket port: one for all calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use cordboard_schema::limits::{AUDIOSOCKET_BACKLOG, AUDIOSOCKET_HANDSHAKES_MAX};
use ipnet::IpNet;
use tokio::net::TcpStream;

use super::handshake::{HandshakeError, shake};
use crate::listening::{self, Door, TakenPort, accepting, count, tally};
use crate::live_count::LiveCount;
use crate::messages::{AudioArrived, RegistryLine};

/// Where AudioSocket connections are taken, and from whom.
#[derive(Clone, Debug)]
pub struct AudioSocketSettings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Networks that may connect: AudioSocket has no authentication of its own. Empty: nobody.
    pub allow: Vec<IpNet>,
}

/// The port, taken and not open yet: who connects is refused.
#[derive(Debug)]
pub struct AudioSocketListener {
    port: TakenPort,
    allow: Vec<IpNet>,
    live: LiveCount,
    handshakes_max: usize,
}

/// A listener that accepts. Dropping it closes the listener.
pub type ListenerHandle = listening::ListenerHandle<ListenerCounters>;

impl AudioSocketListener {
    /// Binds the port. A port that a former process has just left is taken at once (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// What the system says: the port is taken, or not ours to take.
    pub fn bind(settings: AudioSocketSettings) -> io::Result<Self> {
        let AudioSocketSettings { listen, allow } = settings;
        Ok(Self {
            port: TakenPort::bind(listen)?,
            allow,
            live: LiveCount::new(),
            handshakes_max: AUDIOSOCKET_HANDSHAKES_MAX,
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
        Self { handshakes_max: most.min(AUDIOSOCKET_HANDSHAKES_MAX), ..self }
    }

    /// The address that was bound, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }

    /// Opens the port, accepts connections on the current arbiter and gives each one that says its UUID to `registry`.
    ///
    /// # Errors
    /// What the system says: another process has opened the port meanwhile, or the runtime can't have it.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn serve(self, registry: RegistryLine) -> io::Result<ListenerHandle> {
        let listener = self.port.open(AUDIOSOCKET_BACKLOG)?;
        let counters = Arc::<Counters>::default();
        let handshakes_max = self.handshakes_max;
        let door = AudioSocketDoor { registry, handshakes_max, counters: Arc::clone(&counters) };
        let task = tokio::task::spawn_local(accepting(listener, self.allow, self.live, door));
        Ok(ListenerHandle::new(task, move || counters.read()))
    }
}

tally! {
    /// What became of the connections of a listener since its start.
    ListenerCounters, counted in Counters {
        /// Said their UUID and were given to the registry.
        arrived,
        /// Came from outside the allowed networks, and were closed at once.
        not_allowed,
        /// Closed or broke before their UUID was complete.
        closed_early,
        /// Did not say their UUID in time.
        silent,
        /// Dropped while silent, to make room for another.
        no_room,
        /// Did not start with a UUID.
        not_asterisk,
    }
}

/// Takes connections in and hands them on.
struct AudioSocketDoor {
    registry: RegistryLine,
    handshakes_max: usize,
    counters: Arc<Counters>,
}

impl Door for AudioSocketDoor {
    const KIND: &'static str = "audiosocket";
    const ALLOW_SETTING: &'static str = "audiosocket.allow";

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
        shake_and_hand_on(stream, peer, self.registry.clone(), Arc::clone(&self.counters))
    }
}

async fn shake_and_hand_on(
    stream: TcpStream,
    peer: SocketAddr,
    registry: RegistryLine,
    counters: Arc<Counters>,
) {
    let connection = match shake(stream, peer).await {
        Ok(connection) => connection,
        Err(error) => return report(&error, peer, &counters),
    };
    count(&counters.arrived);
    if let Err(cause) = registry.ask(AudioArrived(Box::new(connection))).await {
        tracing::warn!(%peer, %cause, "an audiosocket connection was closed");
    }
}

pub(super) fn report(error: &HandshakeError, peer: SocketAddr, counters: &Counters) {
    match error {
        HandshakeError::Closed(cause) => {
            count(&counters.closed_early);
            tracing::debug!(%peer, ?cause, "{error}");
        }
        HandshakeError::Silent => {
            count(&counters.silent);
            tracing::debug!(%peer, "{error}");
        }
        HandshakeError::NotAsterisk(_) => {
            count(&counters.not_asterisk);
            tracing::warn!(%peer, %error, "closed an audiosocket connection");
        }
        HandshakeError::HandOn(cause) => {
            tracing::error!(%peer, %cause, "{error}");
        }
    }
}
