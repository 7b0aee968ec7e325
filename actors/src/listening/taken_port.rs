//! A port that is ours and not open yet.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// A TCP port, taken and not open yet: who connects is refused.
#[derive(Debug)]
pub(crate) struct TakenPort(Socket);

impl TakenPort {
    /// Binds the port. A port that a former process has just left is taken at once (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// What the system says: the port is taken, or not ours to take.
    pub(crate) fn bind(listen: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&listen.into())?;
        Ok(Self(socket))
    }

    /// The address that was bound, with the port that was taken for 0.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.0.local_addr()?;
        address.as_socket().ok_or_else(|| io::Error::other("the port has no IP address"))
    }

    /// Opens the port, with room for so many connections that wait for an `accept`.
    ///
    /// # Errors
    /// What the system says: another process has opened the port meanwhile, or the runtime can't have it.
    pub(crate) fn open(self, backlog: i32) -> io::Result<TcpListener> {
        self.0.listen(backlog)?;
        TcpListener::from_std(self.0.into())
    }
}
