//! A port that is bound and not open yet.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use super::given::take_given;

/// A TCP port, bound and not open yet: connections are refused. A port that the service manager has passed on is open already:
/// connections wait.
#[derive(Debug)]
pub(crate) struct TakenPort {
    socket: Socket,
    is_given: bool,
}

/// An open port.
#[derive(Debug)]
pub(crate) struct PortListener {
    pub(crate) listener: TcpListener,
    /// Whether it stays open when we close it: then pending handshakes are completed before the end.
    pub(crate) is_given: bool,
}

impl TakenPort {
    /// Binds the port. A port that another process has just closed is bound at once (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// The system's error: the port is in use, or we may not bind it.
    pub(crate) fn bind(listen: SocketAddr) -> io::Result<Self> {
        if let Some(given) = take_given(listen) {
            given.set_nonblocking(true)?;
            return Ok(Self { socket: given.into(), is_given: true });
        }
        let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&listen.into())?;
        Ok(Self { socket, is_given: false })
    }

    /// Returns the bound address, with the actual port instead of 0.
    ///
    /// # Errors
    /// The system's error.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket.local_addr()?;
        address.as_socket().ok_or_else(|| io::Error::other("the port has no IP address"))
    }

    /// Opens the port, with room for `backlog` connections that wait for an `accept`.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the runtime can't use it.
    pub(crate) fn open(self, backlog: i32) -> io::Result<PortListener> {
        let Self { socket, is_given } = self;
        // The process that opened it has set its backlog.
        if !is_given {
            socket.listen(backlog)?;
        }
        Ok(PortListener { listener: TcpListener::from_std(socket.into())?, is_given })
    }
}
