//! A blocking connection to an Asterisk's manager interface, for a few requests with short timeouts.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cordboard_schema::wire::ami::{
    Action, AmiError, AmiEvent, AmiValue, Answer, BadAmiValue, Decoder, Frame, Message, Secret,
};

use super::switch_socket::{ANSWER_TIMEOUT, SocketFault, SwitchSocket};
use crate::config::AsteriskServer;

/// How long to wait for an event. One that comes at all comes at once.
const EVENT_TIMEOUT: Duration = Duration::from_secs(1);

/// The event that we have Asterisk send, to check whether it reaches us.
const ECHO: &str = "CordboardDoctor";

/// A connection on which we are signed in.
pub(super) struct AmiClient {
    socket: SwitchSocket,
    decoder: Decoder,
    /// Number of the last action, which is in its id.
    number: u32,
    heard: EventsHeard,
}

/// Received events that show what this user may receive.
#[derive(Default)]
struct EventsHeard {
    booted: bool,
    echo: bool,
}

/// Why an Asterisk could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum AmiFault {
    #[error(transparent)]
    Socket(#[from] SocketFault),
    #[error("it accepts the connection and sends nothing")]
    Mute,
    #[error("{0}")]
    NotAmi(#[from] AmiError),
    #[error("it refuses to sign us in: {0}")]
    NotAdmitted(String),
    #[error("it can't be asked: {0}")]
    BadValue(#[from] BadAmiValue),
}

impl AmiClient {
    /// Connects and signs in. The secret itself is not sent.
    pub(super) fn sign_in(server: &AsteriskServer) -> Result<Self, AmiFault> {
        let user = AmiValue::new(server.user.as_str())?;
        let secret = Secret::new(server.secret.expose())?;
        let socket = SwitchSocket::connect(server.host.as_str(), server.port.get())?;
        let (decoder, heard) = (Decoder::new(), EventsHeard::default());
        let mut client = Self { socket, decoder, number: 0, heard };
        match client.next_frame(Instant::now() + ANSWER_TIMEOUT) {
            Ok(_) => {}
            Err(AmiFault::Socket(SocketFault::Silent)) => return Err(AmiFault::Mute),
            Err(fault) => return Err(fault),
        }
        let challenge = client.ask(&Action::Challenge)?;
        let key = match (Answer::of(&challenge).failure(), challenge.get("Challenge")) {
            (None, Some(challenge)) => secret.key_for(challenge),
            (why, _) => return Err(AmiFault::NotAdmitted(why.unwrap_or("it gives no challenge").to_owned())),
        };
        let login = client.ask(&Action::Login { user, key })?;
        match Answer::of(&login).failure() {
            Some(why) => Err(AmiFault::NotAdmitted(why.to_owned())),
            None => Ok(client),
        }
    }

    /// Returns our address and the switch's, as both see them.
    pub(super) fn addresses(&self) -> Result<(SocketAddr, SocketAddr), SocketFault> {
        self.socket.addresses()
    }

    /// Returns its answer to an action.
    pub(super) fn ask(&mut self, action: &Action) -> Result<Message, AmiFault> {
        self.number += 1;
        let id = format!("cordboard-doctor-{}", self.number);
        let mut bytes = Vec::new();
        action.encode(&id, &mut bytes);
        self.socket.send(&bytes)?;
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        loop {
            match self.next_frame(deadline)? {
                Frame::Message(message) if message.is_answer() && message.action_id() == Some(&id) => {
                    return Ok(message);
                }
                Frame::Message(_) | Frame::Banner(_) => {}
            }
        }
    }

    /// Returns the value of a function or of a global variable; none if Asterisk does not tell it.
    pub(super) fn value_of(&mut self, variable: &str) -> Result<Option<String>, AmiFault> {
        let answer = self.ask(&Action::Getvar { channel: None, variable: AmiValue::new(variable)? })?;
        let value = answer.text_of("Value").filter(|_| Answer::of(&answer) == Answer::Success);
        Ok(value.map(str::to_owned))
    }

    /// Returns whether a module is loaded.
    pub(super) fn has_module(&mut self, module: &'static str) -> Result<bool, AmiFault> {
        Ok(Answer::of(&self.ask(&Action::ModuleCheck { module })?) == Answer::Success)
    }

    /// Returns whether Asterisk has reported that it has started. Users with the class `system` of events get this at once.
    pub(super) fn has_reported_start(&mut self) -> Result<bool, AmiFault> {
        self.receives(|heard| heard.booted)
    }

    /// Returns whether events of a dialplan reach us. An event that nothing else uses shows it.
    pub(super) fn hears_dialplans(&mut self) -> Result<bool, AmiFault> {
        self.ask(&Action::UserEvent { name: ECHO })?;
        self.receives(|heard| heard.echo)
    }

    fn receives(&mut self, has_come: fn(&EventsHeard) -> bool) -> Result<bool, AmiFault> {
        let deadline = Instant::now() + EVENT_TIMEOUT;
        while !has_come(&self.heard) {
            match self.next_frame(deadline) {
                Ok(_) => {}
                Err(AmiFault::Socket(SocketFault::Silent)) => return Ok(false),
                Err(fault) => return Err(fault),
            }
        }
        Ok(true)
    }

    fn next_frame(&mut self, deadline: Instant) -> Result<Frame, AmiFault> {
        let frame = self.socket.next(deadline, |input| self.decoder.decode(input).map_err(AmiFault::from))?;
        if let Frame::Message(message) = &frame {
            self.note(message);
        }
        Ok(frame)
    }

    fn note(&mut self, message: &Message) {
        match message.event() {
            Some(AmiEvent::FullyBooted) => self.heard.booted = true,
            Some(AmiEvent::UserEvent) if message.get("UserEvent") == Some(ECHO) => self.heard.echo = true,
            _ => {}
        }
    }
}
