//! The ports: taken first, so that a start that can't succeed ends early, and opened last.

use std::io;
use std::net::{SocketAddr, TcpListener};

use cordboard_actors::asterisk::{AudioSocketListener, AudioSocketSettings};
use socket2::{Domain, Protocol, Socket, Type};

use super::StartError;
use crate::config::Config;

/// HTTP connections that the kernel keeps until they are accepted.
const HTTP_BACKLOG: i32 = 1_024;

pub(super) fn bind_audiosocket(config: &Config) -> Result<AudioSocketListener, StartError> {
    let listen = config.audiosocket.listen;
    let allow = config.audiosocket.allowed().to_vec();
    AudioSocketListener::bind(AudioSocketSettings { listen, allow })
        .map_err(|cause| listen_error("audiosocket.listen", listen, cause))
}

pub(super) fn bind_http(config: &Config) -> Result<Socket, StartError> {
    let listen = config.http.listen;
    let bind = || {
        let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.bind(&listen.into())?;
        Ok(socket)
    };
    bind().map_err(|cause| listen_error("http.listen", listen, cause))
}

pub(super) fn open_http(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(HTTP_BACKLOG)?;
    Ok(socket.into())
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
