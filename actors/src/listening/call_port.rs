//! A port that calls come to, as those parts of the server know it that do not know what comes there: the doctor, its start and its end,
//! `/readyz` and `/metrics`.

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

/// A port that calls come to, as its kind declares it.
#[derive(Debug, PartialEq, Eq)]
pub struct CallPort {
    /// Its name in texts for people, as `AudioSocket`.
    pub name: &'static str,
    /// The setting of its address, as `audiosocket.listen`.
    pub setting: &'static str,
    /// The subject of the check that `doctor` makes of it.
    pub check: &'static str,
    /// Name of the counter of its connections at `/metrics`.
    pub counter: &'static str,
    /// Description of that counter.
    pub counts: &'static str,
}

/// A port that this server listens on, as its settings have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclaredPort {
    /// The subject of the check that `doctor` makes of it.
    pub check: &'static str,
    /// The setting of its address.
    pub setting: &'static str,
    /// That address.
    pub listen: SocketAddr,
    /// The protocol below what comes there.
    pub transport: Transport,
    /// Whether connections have room there until their first word (see [`HandshakeRoom`]).
    pub has_handshakes: bool,
}

impl DeclaredPort {
    /// A port of these settings, at this address.
    pub fn of<S: PortSettings>(listen: SocketAddr) -> Self {
        let CallPort { check, setting, .. } = *S::PORT;
        Self { check, setting, listen, transport: Transport::Tcp, has_handshakes: true }
    }
}

/// Protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

/// Why a port can't be taken, or opened.
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

/// Room for handshakes that are under way at the ports of calls.
#[derive(Clone, Debug)]
pub struct HandshakeRoom {
    /// Counts them, at all ports.
    pub live: LiveCount,
    /// The most at one port, so that the process has files for them.
    pub max: usize,
}

/// Opens a port for this registry, on the current arbiter.
type Opening = Box<dyn FnOnce(RegistryLine) -> io::Result<OpenCallPort> + Send>;

/// Closes a port; it is closed when that has ended.
type Closing = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A port of calls, taken and not open yet: who connects is refused.
pub struct TakenCallPort {
    port: &'static CallPort,
    address: SocketAddr,
    opening: Opening,
}

impl<S: PortSettings> Listener<S> {
    /// Takes the port of these settings.
    ///
    /// # Errors
    /// It can't be listened on.
    pub fn take(settings: S, HandshakeRoom { live, max }: &HandshakeRoom) -> Result<Self, PortFault> {
        let address = settings.listen();
        Self::bind(settings)
            .map(|listener| listener.counted_in(live.clone()).with_handshakes(*max))
            .map_err(|cause| PortFault { setting: S::PORT.setting, address, cause })
    }

    /// The address that was bound, with the port that was taken for 0.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> Result<SocketAddr, PortFault> {
        let fault = |cause| PortFault { setting: S::PORT.setting, address: self.settings().listen(), cause };
        self.local_addr().map_err(fault)
    }
}

impl<S: PortSettings + Send + 'static> Listener<S> {
    /// The same as a port of calls, which `serve` opens.
    ///
    /// # Errors
    /// The system does not tell which address was bound.
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
    /// The address of a port among those that are taken; none if it is not.
    pub fn address_of(taken: &[Self], port: &CallPort) -> Option<SocketAddr> {
        taken.iter().find(|one| one.port == port).map(Self::address)
    }

    /// Its declaration, by its kind.
    pub fn port(&self) -> &'static CallPort {
        self.port
    }

    /// The address that was bound, with the port that was taken for 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens it on the current arbiter; who comes is told to the registry.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the runtime can't have it.
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

    /// Its declaration, by its kind.
    pub fn port(&self) -> &'static CallPort {
        self.view.port
    }

    /// The address that was bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A view of it, for any thread and for as long as one likes.
    pub fn view(&self) -> PortView {
        self.view.clone()
    }

    /// Closes it and every connection whose handshake is under way; answered when it is closed. The handshakes of a port that the
    /// service manager has given go on. Connections that were given to the registry are not touched.
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
    /// Whether it is open still.
    pub is_open: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Its connections so far, by the word of their outcome.
    pub outcomes: Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>,
}

impl fmt::Debug for PortView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortView").field("port", &self.port).finish_non_exhaustive()
    }
}
