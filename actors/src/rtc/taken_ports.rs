//! The ports of WebRTC, taken and not read yet: UDP, and TCP of the same number where that is wanted.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use actix::ArbiterHandle;
use cordboard_schema::limits::RTC_UNMADE_MAX;

use super::section::{LISTEN, WebrtcSection};
use super::{RtcLine, RtcPort, RtcSettings};
use crate::listening::PortFault;
use crate::messages::RegistryLine;
use crate::web::AudioPasses;

/// Ports whose number the system chooses are tried so often: the number that is free for UDP may be taken for TCP.
const CHOSEN_TRIES: usize = 16;

/// The ports, taken.
#[derive(Debug)]
pub struct TakenRtcPorts {
    socket: UdpSocket,
    listener: Option<TcpListener>,
    /// Address of both.
    bound: SocketAddr,
    /// The one that browsers get.
    announced: SocketAddr,
    streams_unused_max: usize,
}

impl TakenRtcPorts {
    /// Takes the ports, where browsers may talk by WebRTC. So many streams of TCP may be open that no connection uses.
    ///
    /// # Errors
    /// They can't be listened on.
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

    /// Opens them on this arbiter, which is to be nobody else's, for so many calls at once.
    ///
    /// # Errors
    /// The system does not let it read them.
    pub fn open(
        self,
        calls_max: usize,
        (passes, registry): (AudioPasses, RegistryLine),
        on: &ArbiterHandle,
    ) -> Result<RtcLine, PortFault> {
        let Self { socket, listener, bound, announced, streams_unused_max } = self;
        let (addresses, tcp) = (vec![announced], listener.is_some());
        let connections_max = calls_max + RTC_UNMADE_MAX;
        let settings = RtcSettings {
            socket,
            listener,
            addresses,
            connections_max,
            streams_unused_max,
            passes,
            registry,
        };
        let fault = |fault| PortFault { setting: LISTEN, address: bound, cause: io::Error::other(fault) };
        let line = RtcPort::open(settings, on).map_err(fault)?;
        tracing::info!(udp = %bound, tcp, %announced, "taking calls by WebRTC");
        Ok(line)
    }
}
