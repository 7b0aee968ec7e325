//! A blocking connection to a FreeSWITCH's event socket, for a few requests with short timeouts.

use std::net::SocketAddr;
use std::time::Instant;

use cordboard_schema::wire::esl::{
    ApiCommand, BadValue, Command, Decoder, EslError, EslValue, EslWord, Frame, Password, yes_or_no,
};

use super::switch_socket::{ANSWER_TIMEOUT, SocketFault, SwitchSocket};
use crate::config::FreeswitchServer;

/// The most that is read of one answer.
const BODY_BYTES_MAX: usize = 256 * 1_024;

/// A signed-in connection.
pub(super) struct EslClient {
    socket: SwitchSocket,
    decoder: Decoder,
}

/// Why a switch could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum EslFault {
    #[error(transparent)]
    Socket(#[from] SocketFault),
    #[error("this machine is not in the access list of its event socket")]
    NotInList,
    #[error("it refuses the password")]
    WrongPassword,
    #[error("what listens there is no event socket: {0}")]
    NoEventSocket(String),
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
        let socket = SwitchSocket::connect(server.host.as_str(), server.port.get())?;
        let mut client = Self { socket, decoder: Decoder::with_body_bytes_max(BODY_BYTES_MAX) };
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

    /// Returns our address and the switch's, as both see them.
    pub(super) fn addresses(&self) -> Result<(SocketAddr, SocketAddr), SocketFault> {
        self.socket.addresses()
    }

    /// Returns the switch's version, such as `FreeSWITCH 1.10.12`; none if it does not report it.
    pub(super) fn version(&mut self) -> Result<Option<String>, EslFault> {
        let status = self.ask(ApiCommand::Status)?;
        let rest = status.split_once("(Version ").map(|(_, rest)| rest);
        Ok(rest.and_then(|text| text.split([' ', ')']).next()).map(|number| format!("FreeSWITCH {number}")))
    }

    /// Returns whether a module is loaded.
    pub(super) fn has_module(&mut self, module: &str) -> Result<bool, EslFault> {
        let answer = self.ask(ApiCommand::ModuleExists { module: EslWord::new(module)? })?;
        Ok(yes_or_no(&answer).unwrap_or(false))
    }

    /// Returns whether its directory has a user, in the default domain or in the one that a context is named after, as in FusionPBX: calls ring
    /// people in the domain of their caller. None if it has no default domain.
    pub(super) fn has_user(&mut self, user: &str, context: &str) -> Result<Option<bool>, EslFault> {
        let domain = self.ask(ApiCommand::DefaultDomain)?;
        let Ok(domain) = EslWord::new(domain.trim()) else { return Ok(None) };
        let user = EslWord::new(user)?;
        let exists = yes_or_no(&self.ask(ApiCommand::UserExists { user: user.clone(), domain })?);
        match (exists, EslWord::new(context)) {
            (Some(false), Ok(domain)) => {
                let exists = yes_or_no(&self.ask(ApiCommand::UserExists { user, domain })?);
                Ok(Some(exists.unwrap_or(false)))
            }
            _ => Ok(exists),
        }
    }

    /// Returns its report on a trunk.
    pub(super) fn gateway(&mut self, gateway: &str) -> Result<String, EslFault> {
        self.ask(ApiCommand::GatewayStatus { gateway: EslWord::new(gateway)? })
    }

    /// Returns the music streams that it plays; none if it can't list them, as before 1.8.
    pub(super) fn streams(&mut self) -> Result<Option<Vec<String>>, EslFault> {
        let answer = self.ask(ApiCommand::LocalStreams)?;
        let names = answer.lines().filter_map(|line| Some(line.split_once(',')?.0.to_owned()));
        Ok((!answer.contains("Command not found")).then(|| names.collect()))
    }

    fn ask(&mut self, command: ApiCommand) -> Result<String, EslFault> {
        self.send(&Command::Api(command))?;
        match self.next_frame()? {
            Frame::ApiResponse(text) => Ok(text),
            _ => Err(EslFault::NoEventSocket("its answer does not fit the request".to_owned())),
        }
    }

    fn send(&mut self, command: &Command) -> Result<(), EslFault> {
        Ok(self.socket.send(&command.to_bytes())?)
    }

    fn next_frame(&mut self) -> Result<Frame, EslFault> {
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        self.socket.next(deadline, |input| self.decoder.decode(input).map_err(EslFault::from))
    }
}
