//! The address of a peer, and how datagrams are transported to it; the addresses at which peers reach us.

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
    /// Number of the socket of ours that the peer reaches, and from which it gets our datagrams. A peer discards what comes from an address that it
    /// has not asked. Streams of TCP leave from the right address by themselves, so theirs is 0.
    pub socket: usize,
}

impl Remote {
    /// An address of this transport, at our first socket.
    pub fn new(over: Transport, at: SocketAddr) -> Self {
        Self { over, at, socket: 0 }
    }

    /// An address of UDP.
    pub fn udp(at: SocketAddr) -> Self {
        Self::new(Transport::Udp, at)
    }

    /// An address of TCP.
    pub fn tcp(at: SocketAddr) -> Self {
        Self::new(Transport::Tcp, at)
    }

    /// The same address, at this socket of ours.
    #[must_use]
    pub fn through(self, socket: usize) -> Self {
        Self { socket, ..self }
    }
}

/// An address at which browsers reach us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OurAddress {
    /// The address that browsers are given.
    pub at: SocketAddr,
    /// Number of the socket at which their datagrams arrive.
    pub socket: usize,
}

impl OurAddress {
    /// Returns that one of ours at which a datagram of this peer arrived. If none is known to lead to the socket, it is any that the peer can reach:
    /// a router may lead several of them to one socket.
    pub(crate) fn reached_by(ours: &[Self], from: Remote) -> Option<Self> {
        let mut reachable = ours.iter().filter(|ours| ours.at.is_ipv4() == from.at.is_ipv4());
        let any = reachable.clone().next();
        reachable.find(|ours| ours.socket == from.socket).or(any).copied()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_belongs_to_the_address_of_its_socket() {
        let ours = [("198.51.100.1:1", 0), ("10.0.0.1:1", 1), ("[2001:db8::1]:1", 2)];
        let ours = ours.map(|(at, socket): (&str, usize)| OurAddress { at: at.parse().unwrap(), socket });
        for (from, socket, expected) in [
            ("203.0.113.9:5", 0, 0),
            ("203.0.113.9:5", 1, 1),
            ("203.0.113.9:5", 2, 0),
            ("[2001:db8::9]:5", 0, 2),
        ] {
            let from = Remote::udp(from.parse().unwrap()).through(socket);
            assert_eq!(OurAddress::reached_by(&ours, from), Some(ours[expected]), "{from:?}");
        }
        let from = Remote::udp("[2001:db8::9]:5".parse().unwrap());
        assert_eq!(OurAddress::reached_by(&ours[..2], from), None);
    }
}
