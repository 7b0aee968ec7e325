//! Hostile clients of a port: raw bytes, and every way to end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::{Message, MessageReader, kind, rate_of_kind};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use uuid::Uuid;

use crate::stage::LIMIT;

/// A client's connection.
pub(crate) struct Peer {
    stream: TcpStream,
    connected_at: Instant,
}

/// How the server ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServersEnd {
    /// In order.
    Fin,
    /// Not in order: this happens if the server had not read all bytes.
    Reset,
}

impl Peer {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap()
    }

    /// The same for a port on which nothing may listen.
    pub(crate) fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, LIMIT)?;
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Ok(Self { stream, connected_at: Instant::now() })
    }

    /// Connects and sends a UUID as Asterisk does.
    pub(crate) fn with_uuid(address: SocketAddr) -> Self {
        let mut peer = Self::connect(address);
        peer.send(&hello());
        peer
    }

    /// Connects with small kernel buffers for what it does not read.
    pub(crate) fn with_small_buffer(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.connect(&address.into()).unwrap();
        Self { stream: socket.into(), connected_at: Instant::now() }
    }

    /// Sends bytes; it does not matter if the server has closed.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Sends our FIN.
    pub(crate) fn finish(&self) {
        // An already closed connection is as good.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Sends a RST.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Reads until the server's first audio; returns whether it arrives before the connection ends.
    pub(crate) fn hears(&mut self) -> bool {
        let mut reader = MessageReader::default();
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(count @ 1..) => reader.push(&buffer[..count]),
                _ => return false,
            }
            while let Some(message) = reader.next_message() {
                if rate_of_kind(message.kind).is_some() {
                    return true;
                }
            }
        }
    }

    /// Reads until the server ends the connection; returns how and when, since the connection began.
    pub(crate) fn wait_end(&mut self) -> (ServersEnd, Duration) {
        let deadline = Instant::now() + LIMIT;
        let mut buffer = [0; 4096];
        loop {
            let end = match self.stream.read(&mut buffer) {
                Ok(0) => ServersEnd::Fin,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => ServersEnd::Reset,
                Ok(_) if Instant::now() < deadline => continue,
                outcome => panic!("the server does not end the connection: {outcome:?}"),
            };
            return (end, self.connected_at.elapsed());
        }
    }

    /// Returns everything that arrives until the server ends the connection.
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
            _ => bytes,
        }
    }
}

/// Returns the UUID message of a new caller.
pub(crate) fn hello() -> Vec<u8> {
    hello_of(Uuid::new_v4())
}

/// Returns the UUID message of this caller.
pub(crate) fn hello_of(uuid: Uuid) -> Vec<u8> {
    Message { kind: kind::UUID, payload: uuid.as_bytes().to_vec() }.to_bytes()
}
