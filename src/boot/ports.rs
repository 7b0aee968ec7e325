//! The ports: bound first, so that a start that can't succeed fails early, and opened last.

use std::io;
use std::net::{SocketAddr, TcpListener};

use cordboard_actors::ledger::Ledger;
use cordboard_actors::listening::{self, CallPort, HandshakeRoom, OpenCallPort, TakenCallPort};
use cordboard_actors::messages::RegistryLine;
use cordboard_actors::switches::{SwitchPortPlace, SwitchPorts};
use socket2::{Domain, Protocol, Socket, Type};

use super::StartError;
use crate::config::Config;
use crate::web::LeasedPorts;

/// HTTP connections that the kernel queues until they are accepted.
const HTTP_BACKLOG: i32 = 1_024;

/// Binds the ports of every kind of leg that has any.
pub(super) fn take_leg_ports(
    config: &Config,
    room: &HandshakeRoom,
) -> Result<Vec<TakenCallPort>, StartError> {
    let mut taken = Vec::new();
    for section in config.legs.each() {
        taken.extend(section.take(room)?);
    }
    Ok(taken)
}

/// Binds the ports of every kind of switch that connects to us.
pub(super) async fn take_switch_ports(
    config: &Config,
    place: &SwitchPortPlace,
) -> Result<SwitchPorts, StartError> {
    let mut taken = SwitchPorts::default();
    for section in config.switches.each() {
        let SwitchPorts { ports, channel_audio } = section.take(place).await?;
        taken.ports.extend(ports);
        taken.channel_audio.extend(channel_audio);
    }
    Ok(taken)
}

/// Opens the ports for calls, in this order.
pub(super) fn open_ports(
    ports: impl IntoIterator<Item = TakenCallPort>,
    registry: &RegistryLine,
) -> Result<Vec<OpenCallPort>, StartError> {
    ports.into_iter().map(|port| port.open(registry.clone()).map_err(StartError::from)).collect()
}

/// Returns the address of a port for calls; the configured one if no kind has bound it.
pub(super) fn address_of(ports: &[TakenCallPort], port: &CallPort, set: SocketAddr) -> SocketAddr {
    TakenCallPort::address_of(ports, port).unwrap_or(set)
}

/// Starts the actor of leased ports on the current arbiter, if any are configured. They open in addition to the single port for all calls.
pub(super) fn start_leased_ports(
    config: &Config,
    audiosocket: SocketAddr,
    registry: &RegistryLine,
    ledger: &Ledger,
) -> Option<LeasedPorts> {
    let section = &config.legs.audiosocket;
    let (line, meter) = section.start_leased(audiosocket.ip(), registry, ledger)?;
    Some(LeasedPorts { line, host: section.port_host(), meter })
}

/// The HTTP port, bound and not open yet. One that the service manager has passed is open already.
pub(super) enum HttpPort {
    Bound(Socket),
    Inherited(TcpListener),
}

pub(super) fn bind_http(config: &Config) -> Result<HttpPort, StartError> {
    let listen = config.http.listen;
    if let Some(given) = listening::take_given(listen) {
        return Ok(HttpPort::Inherited(given));
    }
    let bind = || {
        let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.bind(&listen.into())?;
        Ok(HttpPort::Bound(socket))
    };
    bind().map_err(|cause| listen_error("http.listen", listen, cause))
}

pub(super) fn open_http(port: HttpPort) -> io::Result<TcpListener> {
    match port {
        HttpPort::Inherited(listener) => Ok(listener),
        HttpPort::Bound(socket) => {
            socket.listen(HTTP_BACKLOG)?;
            Ok(socket.into())
        }
    }
}

pub(super) fn listen_error(setting: &'static str, address: SocketAddr, cause: io::Error) -> StartError {
    StartError::Listen { setting, address, cause }
}

pub(super) fn bound(
    setting: &'static str,
    wanted: SocketAddr,
    address: io::Result<SocketAddr>,
) -> Result<SocketAddr, StartError> {
    address.map_err(|cause| listen_error(setting, wanted, cause))
}
