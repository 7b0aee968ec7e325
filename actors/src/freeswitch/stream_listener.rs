//! The port of FreeSWITCH's audio WebSockets: one for all calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cordboard_schema::limits::STREAM_BACKLOG;
use ipnet::IpNet;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::stream_handshake::{HandshakeError, shake};
use super::stream_tokens::StreamTokens;
use crate::asterisk::{AcceptBackoff, Handshakes, Room};
use crate::messages::{AudioArrived, RegistryLine};

/// Where audio WebSockets are taken, and from whom.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Networks that may connect: the module has no authentication of its own. Empty: nobody.
    pub allow: Vec<IpNet>,
}

/// The port, taken and not open yet: who connects is refused.
#[derive(Debug)]
pub struct StreamListener {
    socket: Socket,
    allow: Vec<IpNet>,
}

impl StreamListener {
    /// Binds the port. A port that a former process has just left is taken at once (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// What the system says: the port is taken, or not ours to take.
    pub fn bind(settings: StreamSettings) -> io::Result<Self> {
        let StreamSettings { listen, allow } = settings;
        let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&listen.into())?;
        Ok(Self { socket, allow })
    }

    /// The address that was bound, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket.local_addr()?;
        address.as_socket().ok_or_else(|| io::Error::other("the port has no IP address"))
    }

    /// Opens the port, accepts connections on the current arbiter and gives each one that asks for a channel's
    /// stream to `registry`; `tokens` are those that switches were told.
    ///
    /// # Errors
    /// What the system says: another process has opened the port meanwhile, or the runtime can't have it.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn serve(self, registry: RegistryLine, tokens: StreamTokens) -> io::Result<StreamListenerHandle> {
        self.socket.listen(STREAM_BACKLOG)?;
        let counters = Arc::<Counters>::default();
        let accepting = Accepting {
            listener: TcpListener::from_std(self.socket.into())?,
            allow: self.allow,
            registry,
            tokens,
            counters: Arc::clone(&counters),
        };
        Ok(StreamListenerHandle { task: tokio::task::spawn_local(accepting.run()), counters })
    }
}

/// A listener that accepts. Dropping it closes the listener.
#[derive(Debug)]
pub struct StreamListenerHandle {
    task: JoinHandle<()>,
    counters: Arc<Counters>,
}

impl StreamListenerHandle {
    /// Closes the port and every connection whose request is not complete; answered when the port is closed.
    /// Connections that were given to the registry are not touched.
    pub async fn close(mut self) {
        self.task.abort();
        // Ends as cancelled: there is nothing to learn from it.
        let _ = (&mut self.task).await;
    }

    /// Tells, from any thread and for as long as one likes, whether the port is open.
    pub fn is_open(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let task = self.task.abort_handle();
        move || !task.is_finished()
    }

    /// What became of the connections so far.
    pub fn counters(&self) -> StreamCounters {
        self.counters.read()
    }

    /// Tells the same, from any thread and for as long as one likes.
    pub fn tally(&self) -> impl Fn() -> StreamCounters + Send + Sync + use<> {
        let counters = Arc::clone(&self.counters);
        move || counters.read()
    }
}

impl Drop for StreamListenerHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What became of the connections of a listener since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamCounters {
    /// Asked for a channel's stream and were given to the registry.
    pub arrived: u64,
    /// Came from outside the allowed networks, and were closed at once.
    pub not_allowed: u64,
    /// Closed or broke before their request was complete.
    pub closed_early: u64,
    /// Did not complete their request in time.
    pub silent: u64,
    /// Dropped while silent, to make room for another.
    pub no_room: u64,
    /// Asked for something else.
    pub bad_requests: u64,
    /// Brought a token that is not valid.
    pub wrong_tokens: u64,
}

#[derive(Debug, Default)]
struct Counters {
    arrived: AtomicU64,
    not_allowed: AtomicU64,
    closed_early: AtomicU64,
    silent: AtomicU64,
    no_room: AtomicU64,
    bad_requests: AtomicU64,
    wrong_tokens: AtomicU64,
}

impl Counters {
    fn read(&self) -> StreamCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Self { arrived, not_allowed, closed_early, silent, no_room, bad_requests, wrong_tokens } = self;
        StreamCounters {
            arrived: read(arrived),
            not_allowed: read(not_allowed),
            closed_early: read(closed_early),
            silent: read(silent),
            no_room: read(no_room),
            bad_requests: read(bad_requests),
            wrong_tokens: read(wrong_tokens),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The task behind a [`StreamListenerHandle`].
struct Accepting {
    listener: TcpListener,
    allow: Vec<IpNet>,
    registry: RegistryLine,
    tokens: StreamTokens,
    counters: Arc<Counters>,
}

impl Accepting {
    async fn run(self) {
        let mut handshakes = Handshakes::default();
        let mut backoff = AcceptBackoff::default();
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    backoff.accepted();
                    self.take(stream, peer, &mut handshakes);
                }
                Err(error) => tokio::time::sleep(backoff.failed(&error)).await,
            }
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, handshakes: &mut Handshakes) {
        if !self.is_allowed(peer) {
            count(&self.counters.not_allowed);
            tracing::debug!(%peer, "refused: not in a network of `freeswitch.allow`");
            return;
        }
        if let Err(error) = stream.set_nodelay(true) {
            // Without it frames may wait for one another: worse sound, but a call.
            tracing::debug!(%peer, %error, "TCP_NODELAY was refused");
        }
        let (registry, tokens) = (self.registry.clone(), self.tokens.clone());
        let handshake = shake_and_hand_on(stream, peer, registry, tokens, Arc::clone(&self.counters));
        let handshake = tokio::task::spawn_local(handshake).abort_handle();
        if handshakes.push(handshake) == Room::OldestDropped {
            count(&self.counters.no_room);
            tracing::debug!("dropped the oldest silent audio connection to make room");
        }
    }

    fn is_allowed(&self, peer: SocketAddr) -> bool {
        let address = peer.ip().to_canonical();
        self.allow.iter().any(|network| network.contains(&address))
    }
}

async fn shake_and_hand_on(
    stream: TcpStream,
    peer: SocketAddr,
    registry: RegistryLine,
    tokens: StreamTokens,
    counters: Arc<Counters>,
) {
    let connection = match shake(stream, peer, &tokens).await {
        Ok(connection) => connection,
        Err(error) => return report(&error, peer, &counters),
    };
    count(&counters.arrived);
    // The handshake lasts until the registry has taken its connection: so the bound on handshakes is one on the
    // connections in the registry's mailbox, too.
    if let Err(cause) = registry.ask(AudioArrived(connection)).await {
        tracing::warn!(%peer, %cause, "an audio websocket was closed");
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
        HandshakeError::BadRequest(_) => {
            count(&counters.bad_requests);
            tracing::warn!(%peer, %error, "turned down a request at the audio websocket");
        }
        HandshakeError::WrongToken => {
            count(&counters.wrong_tokens);
            tracing::warn!(%peer, %error, "turned down an audio websocket");
        }
        HandshakeError::HandOn(cause) => {
            tracing::error!(%peer, %cause, "{error}");
        }
    }
}
