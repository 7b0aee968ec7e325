//! The ports of WebRTC, taken and not read yet: UDP, and TCP of the same number if it is enabled.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use actix::ArbiterHandle;
use cordboard_rtc::OurAddress;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::RtcLine;
use super::port::RtcPort;
use super::section::{LISTEN, WebrtcSection};
use crate::listening::PortFault;
use crate::messages::RegistryLine;
use crate::web::AudioPasses;

/// How often the system may choose a port: the number that is free for UDP may be taken for TCP.
const CHOSEN_TRIES: usize = 16;

/// The ports, taken.
#[derive(Debug)]
pub struct TakenRtcPorts {
    /// The first is bound to the set address. Each of the others, if there are any, is bound to one of the announced addresses.
    pub(super) sockets: Vec<UdpSocket>,
    /// For browsers that can't use UDP.
    pub(super) listener: Option<TcpListener>,
    /// Address of the first socket and of the listener.
    bound: SocketAddr,
    /// The addresses that browsers are given.
    pub(super) announced: Vec<OurAddress>,
    /// The most TCP streams that no connection uses: the process has file descriptors for that many.
    pub(super) streams_unused_max: usize,
}

impl TakenRtcPorts {
    /// Takes the ports, if browsers may talk by WebRTC. `streams_unused_max` TCP streams may be open that no connection uses.
    ///
    /// # Errors
    /// A port can't be listened on.
    pub fn take(section: &WebrtcSection, streams_unused_max: usize) -> Result<Option<Self>, PortFault> {
        if !section.enabled {
            return Ok(None);
        }
        let tries = if section.listen.port() == 0 { CHOSEN_TRIES } else { 1 };
        let mut taken = Self::of(section, streams_unused_max);
        for _ in 1..tries {
            if taken.is_ok() {
                break;
            }
            taken = Self::of(section, streams_unused_max);
        }
        taken.map(Some).map_err(|cause| PortFault { setting: LISTEN, address: section.listen, cause })
    }

    fn of(section: &WebrtcSection, streams_unused_max: usize) -> io::Result<Self> {
        let socket = UdpSocket::bind(section.listen)?;
        let bound = socket.local_addr()?;
        let listener = section.tcp.then(|| TcpListener::bind(bound)).transpose()?;
        let (sockets, announced) = take_each(socket, &section.announced(bound))?;
        Ok(Self { sockets, listener, bound, announced, streams_unused_max })
    }

    /// Opens the ports on this arbiter, which must serve nothing else, for this many calls at once.
    ///
    /// # Errors
    /// The system refuses to let it read them.
    pub fn open(
        self,
        calls_max: usize,
        admission: (AudioPasses, RegistryLine),
        on: &ArbiterHandle,
    ) -> Result<RtcLine, PortFault> {
        let (bound, tcp) = (self.bound, self.listener.is_some());
        let announced: Vec<SocketAddr> = self.announced.iter().map(|address| address.at).collect();
        let fault = |fault| PortFault { setting: LISTEN, address: bound, cause: io::Error::other(fault) };
        let line = RtcPort::open(self, calls_max, admission, on).map_err(fault)?;
        tracing::info!(udp = %bound, tcp, ?announced, "taking calls by WebRTC");
        Ok(line)
    }
}

/// Takes the port at each announced address of this machine as well, if the first socket has it at all addresses. From that one, the system would
/// answer from an address of its choice, which need not be the one that a browser has asked. Announced addresses of a router lead to the first socket.
fn take_each(first: UdpSocket, announced: &[SocketAddr]) -> io::Result<(Vec<UdpSocket>, Vec<OurAddress>)> {
    let is_everywhere = first.local_addr()?.ip().is_unspecified();
    let mut sockets = vec![first];
    let mut addresses = Vec::with_capacity(announced.len());
    share(&sockets, is_everywhere)?;
    for at in announced.iter().copied() {
        let own = is_everywhere.then(|| shared_socket(at).ok()).flatten();
        let socket = if own.is_some() { sockets.len() } else { 0 };
        sockets.extend(own);
        addresses.push(OurAddress { at, socket });
    }
    // From now on, no other process shares the port.
    share(&sockets, false)?;
    Ok((sockets, addresses))
}

fn share(sockets: &[UdpSocket], is_shared: bool) -> io::Result<()> {
    sockets.iter().try_for_each(|socket| SockRef::from(socket).set_reuse_address(is_shared))
}

/// Binds a socket to an address whose port another socket of ours has at all addresses.
fn shared_socket(at: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(at), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_announced_address_of_this_machine_has_its_own_socket() {
        let first = UdpSocket::bind("0.0.0.0:0").unwrap();
        let port = first.local_addr().unwrap().port();
        // The first one is a router's, kept for documentation: no machine has it.
        let announced =
            ["192.0.2.1", "127.0.0.1", "127.0.0.2"].map(|ip| SocketAddr::new(ip.parse().unwrap(), port));
        let (sockets, addresses) = take_each(first, &announced).unwrap();
        assert_eq!(addresses.iter().map(|address| address.socket).collect::<Vec<_>>(), [0, 1, 2]);
        let browser = UdpSocket::bind("127.0.0.1:0").unwrap();
        for socket in sockets.iter().chain([&browser]) {
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        }
        // 127.0.0.3 is not announced.
        for (to, number) in [("127.0.0.1", 1), ("127.0.0.2", 2), ("127.0.0.3", 0)] {
            browser.send_to(b"a check", (to, port)).unwrap();
            let (_, from) = sockets[number].recv_from(&mut [0; 10]).unwrap();
            assert_eq!(from, browser.local_addr().unwrap());
        }
        sockets[2].send_to(b"an answer", browser.local_addr().unwrap()).unwrap();
        let (_, from) = browser.recv_from(&mut [0; 10]).unwrap();
        assert_eq!(from, announced[2], "the address that was asked");
        UdpSocket::bind(("0.0.0.0", port)).unwrap_err();
        shared_socket(announced[1]).unwrap_err();
    }

    #[test]
    fn a_port_at_one_address_needs_no_other_socket() {
        let first = UdpSocket::bind("127.0.0.1:0").unwrap();
        let announced = ["127.0.0.1", "127.0.0.2"].map(|ip| SocketAddr::new(ip.parse().unwrap(), 9));
        let (sockets, addresses) = take_each(first, &announced).unwrap();
        assert_eq!((sockets.len(), addresses.len()), (1, 2));
    }
}
