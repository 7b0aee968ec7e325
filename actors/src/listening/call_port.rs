//! A port that calls arrive at, as seen by parts of the server that don't know its protocol: the doctor, the server's start and
//! stop, `/readyz` and `/metrics`.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::listener::{Listener, PortSettings};
use super::listener_handle::ListenerHandle;
use super::tally::Outcomes;
use crate::live_count::LiveCount;
use crate::messages::RegistryLine;

/// A port that calls arrive at, as its kind declares it.
#[derive(Debug, PartialEq, Eq)]
pub struct CallPort {
    /// Its name in texts for people, for example `AudioSocket`.
    pub name: &'static str,
    /// The setting of its address, for example `audiosocket.listen`.
    pub setting: &'static str,
    /// The subject of its check in `doctor`.
    pub check: &'static str,
    /// Name of the counter of its connections at `/metrics`.
    pub counter: &'static str,
    /// Description of that counter.
    pub counts: &'static str,
}

/// A port that this server listens on, from its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclaredPort {
    /// The subject of its check in `doctor`.
    pub check: &'static str,
    /// The setting of its address.
    pub setting: &'static str,
    /// The address.
    pub listen: SocketAddr,
    /// The transport protocol.
    pub transport: Transport,
    /// Whether its connections count as handshakes until their first message (see [`HandshakeRoom`]).
    pub has_handshakes: bool,
}

impl DeclaredPort {
    /// Returns the port of these settings, at this address.
    pub fn of<S: PortSettings>(listen: SocketAddr) -> Self {
        let CallPort { check, setting, .. } = *S::PORT;
        Self { check, setting, listen, transport: Transport::Tcp, has_handshakes: true }
    }
}

/// Transport protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

/// Why a port can't be bound or opened.
#[derive(Debug, thiserror::Error)]
#[error("{setting} = {address} can't be listened on: {cause}")]
pub struct PortFault {
    /// The setting that names it.
    pub setting: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// Error of the operating system.
    pub cause: io::Error,
}

/// Room for running handshakes at the ports of calls.
#[derive(Clone, Debug)]
pub struct HandshakeRoom {
    /// Counts them, at all ports.
    pub live: LiveCount,
    /// The most at one port, so that the process has enough file descriptors.
    pub max: usize,
}

/// Opens a port for this registry, on the current arbiter.
type Opening = Box<dyn FnOnce(RegistryLine) -> io::Result<OpenCallPort> + Send>;

/// Closes a port, which is closed when the future completes.
type Closing = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A port of calls, bound and not open yet: connections are refused.
pub struct TakenCallPort {
    port: &'static CallPort,
    address: SocketAddr,
    opening: Opening,
}

impl<S: PortSettings> Listener<S> {
    /// Binds the port of these settings.
    ///
    /// # Errors
    /// It can't be listened on.
    pub fn take(settings: S, HandshakeRoom { live, max }: &HandshakeRoom) -> Result<Self, PortFault> {
        let address = settings.listen();
        Self::bind(settings)
            .map(|listener| listener.counted_in(live.clone()).with_handshakes(*max))
            .map_err(|cause| PortFault { setting: S::PORT.setting, address, cause })
    }

    /// Returns the bound address, with the actual port instead of 0.
    ///
    /// # Errors
    /// The system does not report it.
    pub fn address(&self) -> Result<SocketAddr, PortFault> {
        let fault = |cause| PortFault { setting: S::PORT.setting, address: self.settings().listen(), cause };
        self.local_addr().map_err(fault)
    }
}

impl<S: PortSettings + Send + 'static> Listener<S> {
    /// Converts it to a port of calls, which `serve` opens.
    ///
    /// # Errors
    /// The system does not report the bound address.
    pub fn of_calls<C: Outcomes + 'static>(
        self,
        serve: impl FnOnce(Self, RegistryLine) -> io::Result<ListenerHandle<C>> + Send + 'static,
    ) -> Result<TakenCallPort, PortFault> {
        let (port, address) = (S::PORT, self.address()?);
        let opening: Opening = Box::new(move |registry: RegistryLine| {
            Ok(OpenCallPort::of(port, address, serve(self, registry)?))
        });
        Ok(TakenCallPort { port, address, opening })
    }
}

impl TakenCallPort {
    /// Returns the address of a port among those that are bound; `None` if it is not among them.
    pub fn address_of(taken: &[Self], port: &CallPort) -> Option<SocketAddr> {
        taken.iter().find(|one| one.port == port).map(Self::address)
    }

    /// Returns its declaration, by its kind.
    pub fn port(&self) -> &'static CallPort {
        self.port
    }

    /// Returns the bound address, with the actual port instead of 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens it on the current arbiter; connections are reported to the registry.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the runtime can't use it.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn open(self, registry: RegistryLine) -> Result<OpenCallPort, PortFault> {
        let Self { port, address, opening } = self;
        opening(registry).map_err(|cause| PortFault { setting: port.setting, address, cause })
    }
}

impl fmt::Debug for TakenCallPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, address, opening: _ } = self;
        f.debug_struct("TakenCallPort").field("port", port).field("address", address).finish_non_exhaustive()
    }
}

/// A port of calls that is open. Dropping it closes the port.
pub struct OpenCallPort {
    view: PortView,
    address: SocketAddr,
    closing: Closing,
}

impl OpenCallPort {
    fn of<C: Outcomes + 'static>(
        port: &'static CallPort,
        address: SocketAddr,
        listener: ListenerHandle<C>,
    ) -> Self {
        let (is_open, tally) = (listener.is_open(), listener.tally());
        let view =
            PortView { port, is_open: Arc::new(is_open), outcomes: Arc::new(move || tally().outcomes()) };
        let closing: Closing = Box::new(move || -> BoxFuture<'static, ()> { Box::pin(listener.close()) });
        Self { view, address, closing }
    }

    /// Returns its declaration, by its kind.
    pub fn port(&self) -> &'static CallPort {
        self.view.port
    }

    /// Returns the bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a view of it, for any thread and without a time limit.
    pub fn view(&self) -> PortView {
        self.view.clone()
    }

    /// Closes it and every connection with a running handshake; completes when it is closed. The handshakes of a port that the
    /// service manager has passed on continue. Connections that the registry already has are not touched.
    pub async fn close(self) {
        (self.closing)().await;
    }
}

impl fmt::Debug for OpenCallPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { view, address, closing: _ } = self;
        f.debug_struct("OpenCallPort").field("view", view).field("address", address).finish_non_exhaustive()
    }
}

/// A view of an open port of calls.
#[derive(Clone)]
pub struct PortView {
    /// Its declaration, by its kind.
    pub port: &'static CallPort,
    /// Returns whether it is still open.
    pub is_open: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Returns its connections so far, by the word of their outcome.
    pub outcomes: Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>,
}

impl fmt::Debug for PortView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortView").field("port", &self.port).finish_non_exhaustive()
    }
}
