//! A connection to a FreeSWITCH's event socket, for a few questions. It blocks, and nothing of it waits for long.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use cordboard_schema::wire::esl::{
    ApiCommand, BadValue, Command, Decoder, EslError, EslValue, EslWord, Frame, Password, yes_or_no,
};

use crate::config::FreeswitchServer;

/// How long connecting and each answer may take; on one network they take a few ms.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// The most that is read of one answer.
const BODY_BYTES_MAX: usize = 256 * 1_024;

/// A connection on which we are signed in.
pub(super) struct EslClient {
    stream: TcpStream,
    decoder: Decoder,
    /// What was read and not decoded.
    input: Vec<u8>,
}

/// Why a switch could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum EslFault {
    #[error("{0} is no host that is known here")]
    NoHost(String),
    #[error("nobody answers: {0}")]
    NoConnection(io::Error),
    #[error("this machine is not in the access list of its event socket")]
    NotInList,
    #[error("it refuses the password")]
    WrongPassword,
    #[error("what listens there is no event socket: {0}")]
    NoEventSocket(String),
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error("it does not answer")]
    Silent,
    #[error("it can't be asked: {0}")]
    BadValue(#[from] BadValue),
}

impl From<EslError> for EslFault {
    fn from(error: EslError) -> Self {
        Self::NoEventSocket(error.to_string())
    }
}

impl EslClient {
    /// Connects and signs in.
    pub(super) fn sign_in(server: &FreeswitchServer) -> Result<Self, EslFault> {
        let password = EslValue::new(server.password.expose())?;
        let stream = connect(server)?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        let decoder = Decoder::with_body_bytes_max(BODY_BYTES_MAX);
        let mut client = Self { stream, decoder, input: Vec::new() };
        match client.next_frame()? {
            Frame::AuthRequest => {}
            Frame::Rejected(_) => return Err(EslFault::NotInList),
            _ => return Err(EslFault::NoEventSocket("it does not ask for a password".to_owned())),
        }
        client.send(&Command::Auth(Password(password)))?;
        match client.next_frame()? {
            Frame::Reply(reply) if reply.answer().failure().is_none() => Ok(client),
            _ => Err(EslFault::WrongPassword),
        }
    }

    /// Our address and the switch's, as both see them.
    pub(super) fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.stream.local_addr()?, self.stream.peer_addr()?))
    }

    /// What the switch says that it is, as `FreeSWITCH 1.10.12`; none where it does not say.
    pub(super) fn version(&mut self) -> Result<Option<String>, EslFault> {
        let status = self.ask(ApiCommand::Status)?;
        let behind = status.split_once("(Version ").map(|(_, behind)| behind);
        Ok(behind.and_then(|text| text.split([' ', ')']).next()).map(|number| format!("FreeSWITCH {number}")))
    }

    /// Whether a module is loaded.
    pub(super) fn has_module(&mut self, module: &str) -> Result<bool, EslFault> {
        let answer = self.ask(ApiCommand::ModuleExists { module: EslWord::new(module)? })?;
        Ok(yes_or_no(&answer).unwrap_or(false))
    }

    fn ask(&mut self, command: ApiCommand) -> Result<String, EslFault> {
        self.send(&Command::Api(command))?;
        match self.next_frame()? {
            Frame::ApiResponse(text) => Ok(text),
            _ => Err(EslFault::NoEventSocket("it answers something else than it was asked".to_owned())),
        }
    }

    fn send(&mut self, command: &Command) -> Result<(), EslFault> {
        Ok(self.stream.write_all(&command.to_bytes())?)
    }

    fn next_frame(&mut self) -> Result<Frame, EslFault> {
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        loop {
            let mut input = self.input.as_slice();
            let frame = self.decoder.decode(&mut input)?;
            self.input = input.to_vec();
            if let Some(frame) = frame {
                return Ok(frame);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(EslFault::Silent);
            }
            self.stream.set_read_timeout(Some(left))?;
            let mut bytes = [0; 16 * 1_024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(EslFault::Broken(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.input.extend_from_slice(&bytes[..count]),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Err(EslFault::Silent);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The first of the host's addresses that answers.
fn connect(server: &FreeswitchServer) -> Result<TcpStream, EslFault> {
    let host = server.host.as_str();
    let port = u16::try_from(server.port.get()).unwrap_or(u16::MAX);
    let mut fault = EslFault::NoHost(host.to_owned());
    let Ok(addresses) = (host, port).to_socket_addrs() else { return Err(fault) };
    for address in addresses {
        match TcpStream::connect_timeout(&address, ANSWER_TIMEOUT) {
            Ok(stream) => return Ok(stream),
            Err(error) => fault = EslFault::NoConnection(error),
        }
    }
    Err(fault)
}
