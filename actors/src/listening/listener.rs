//! A port that connections of one kind arrive at: bound, counted, and opened, for any protocol.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::accepting::{ConnectionHandler, accepting};
use super::call_port::CallPort;
use super::listener_handle::ListenerHandle;
use super::taken_port::TakenPort;
use super::tally::Tally;
use crate::live_count::LiveCount;

/// Settings of a port that connections of one kind arrive at.
pub trait PortSettings {
    /// The declaration of the port.
    const PORT: &'static CallPort;
    /// Connections that the kernel keeps until they are accepted.
    const BACKLOG: i32;
    /// Most handshakes that may run at once.
    const HANDSHAKES_MAX: usize;

    /// Returns the address to listen on; port 0 takes a free one.
    fn listen(&self) -> SocketAddr;

    /// Returns the networks that may connect. If empty, none may.
    fn allow(&self) -> &[IpNet];
}

/// A port, bound and not open yet: connections are refused.
#[derive(Debug)]
pub struct Listener<S> {
    port: TakenPort,
    settings: S,
    live: LiveCount,
    handshakes_max: usize,
}

impl<S: PortSettings> Listener<S> {
    /// Binds the port. A port that another process has just closed is bound at once (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// The system's error: the port is in use, or we may not bind it.
    pub fn bind(settings: S) -> io::Result<Self> {
        let port = TakenPort::bind(settings.listen())?;
        Ok(Self { port, settings, live: LiveCount::new(), handshakes_max: S::HANDSHAKES_MAX })
    }

    /// Counts its handshakes in `live`.
    #[must_use]
    pub fn counted_in(self, live: LiveCount) -> Self {
        Self { live, ..self }
    }

    /// Limits the handshakes to as many as the process has file descriptors for.
    #[must_use]
    pub fn with_handshakes(self, most: usize) -> Self {
        Self { handshakes_max: most.min(S::HANDSHAKES_MAX), ..self }
    }

    /// Returns the bound address, with the actual port instead of 0.
    ///
    /// # Errors
    /// The system's error.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }

    /// Returns the settings.
    pub(crate) fn settings(&self) -> &S {
        &self.settings
    }

    /// Opens the port, and accepts connections on the current arbiter for the handler that `door` makes of the settings and the
    /// counters.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the runtime can't use it.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub(crate) fn open<D: ConnectionHandler>(
        self,
        door: impl FnOnce(S, Arc<D::Counters>) -> D,
    ) -> io::Result<ListenerHandle<<D::Counters as Tally>::Read>> {
        let Self { port, settings, live, handshakes_max } = self;
        let port = port.open(S::BACKLOG)?;
        let allow = settings.allow().to_vec();
        let counters = Arc::<D::Counters>::default();
        let door = door(settings, Arc::clone(&counters));
        let task = tokio::task::spawn_local(accepting(port, allow, live, handshakes_max, door));
        Ok(ListenerHandle::new(task, move || counters.read()))
    }
}
