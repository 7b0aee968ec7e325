//! The ports of WebRTC, taken and not read yet: UDP, and TCP of the same number if it is enabled.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use actix::ArbiterHandle;

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
    pub(super) socket: UdpSocket,
    /// For browsers that can't use UDP.
    pub(super) listener: Option<TcpListener>,
    /// Address of both.
    bound: SocketAddr,
    /// The address that browsers are given.
    pub(super) announced: SocketAddr,
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
        let announced = section.announced(bound);
        Ok(Self { socket, listener, bound, announced, streams_unused_max })
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
        let (bound, announced, tcp) = (self.bound, self.announced, self.listener.is_some());
        let fault = |fault| PortFault { setting: LISTEN, address: bound, cause: io::Error::other(fault) };
        let line = RtcPort::open(self, calls_max, admission, on).map_err(fault)?;
        tracing::info!(udp = %bound, tcp, %announced, "taking calls by WebRTC");
        Ok(line)
    }
}
