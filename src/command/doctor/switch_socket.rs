//! A blocking connection to a switch, for a few requests with short timeouts.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How long connecting and each answer may take. In one network they take a few ms; a login that Asterisk refuses takes 1 s.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection to a switch.
pub(super) struct SwitchSocket {
    stream: TcpStream,
    /// Bytes that were read and not decoded yet.
    input: Vec<u8>,
}

/// Why we can't talk with a switch, whatever its protocol.
#[derive(Debug, thiserror::Error)]
pub(super) enum SocketFault {
    #[error("the host {0} is not known here")]
    NoHost(String),
    #[error("nobody answers: {0}")]
    NoConnection(io::Error),
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error("it does not answer")]
    Silent,
}

impl SwitchSocket {
    /// Connects to the first of the host's addresses that answers.
    pub(super) fn connect(host: &str, port: u32) -> Result<Self, SocketFault> {
        let stream = first_that_answers(host, port)?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(Self { stream, input: Vec::new() })
    }

    /// Returns our address and the switch's, as both see them.
    pub(super) fn addresses(&self) -> Result<(SocketAddr, SocketAddr), SocketFault> {
        Ok((self.stream.local_addr()?, self.stream.peer_addr()?))
    }

    /// Sends all bytes.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), SocketFault> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Returns the next item that `decode` reads from the switch's bytes. `decode` returns none while it needs more.
    pub(super) fn next<T, E: From<SocketFault>>(
        &mut self,
        deadline: Instant,
        mut decode: impl FnMut(&mut &[u8]) -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        loop {
            let mut input = self.input.as_slice();
            let decoded = decode(&mut input)?;
            self.input = input.to_vec();
            if let Some(decoded) = decoded {
                return Ok(decoded);
            }
            self.read_more(deadline)?;
        }
    }

    fn read_more(&mut self, deadline: Instant) -> Result<(), SocketFault> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(SocketFault::Silent);
        }
        self.stream.set_read_timeout(Some(left))?;
        let mut bytes = [0; 16 * 1_024];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(SocketFault::Broken(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                self.input.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Err(SocketFault::Silent)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn first_that_answers(host: &str, port: u32) -> Result<TcpStream, SocketFault> {
    let port = u16::try_from(port).unwrap_or(u16::MAX);
    let mut fault = SocketFault::NoHost(host.to_owned());
    let Ok(addresses) = (host, port).to_socket_addrs() else { return Err(fault) };
    for address in addresses {
        match TcpStream::connect_timeout(&address, ANSWER_TIMEOUT) {
            Ok(stream) => return Ok(stream),
            Err(error) => fault = SocketFault::NoConnection(error),
        }
    }
    Err(fault)
}
