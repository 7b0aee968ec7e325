//! The address of a peer, and how datagrams are transported to it.

use std::net::SocketAddr;

use str0m::net::Protocol;

/// Transport of datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Plain datagrams.
    Udp,
    /// One after another, each with its length before it (RFC 4571).
    Tcp,
}

/// The peer's end of a path, as we see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// Transport of datagrams to it.
    pub over: Transport,
    /// The address.
    pub at: SocketAddr,
}

impl Remote {
    /// An address of UDP.
    pub fn udp(at: SocketAddr) -> Self {
        Self { over: Transport::Udp, at }
    }

    /// An address of TCP.
    pub fn tcp(at: SocketAddr) -> Self {
        Self { over: Transport::Tcp, at }
    }
}

impl Transport {
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Udp => Protocol::Udp,
            Self::Tcp => Protocol::Tcp,
        }
    }

    /// None for unsupported protocols.
    pub(crate) fn of(protocol: Protocol) -> Option<Self> {
        match protocol {
            Protocol::Udp => Some(Self::Udp),
            Protocol::Tcp => Some(Self::Tcp),
            _ => None,
        }
    }
}
