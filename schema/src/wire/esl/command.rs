//! Commands to bytes.

use core::net::Ipv4Addr;
use std::fmt;

use super::api::ApiCommand;
use super::event_name::{EventName, Subclass};
use super::value::{EslValue, EslWord};

/// One command. Each one is answered by one frame, in order.
///
/// `getvar` is left out: its reply isn't encoded, so a value of several lines breaks the stream's blocks. Use
/// [`ApiCommand::GetVariable`] instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Takes over the call; the first command of an outbound connection. The answer is its
    /// [`ChannelData`](super::Frame::ChannelData).
    Connect,
    /// Keeps an outbound connection for this many seconds after the hang-up, so that no event is lost.
    Linger {
        /// Seconds.
        seconds: u32,
    },
    /// Signs in on an inbound connection.
    Auth(Password),
    /// Subscribes to events in the plain format, in addition to existing subscriptions.
    Subscribe {
        /// By name. [`EventName::Custom`] is skipped: it takes subclasses.
        events: Vec<EventName>,
        /// By subclass; they are last, because FreeSWITCH takes every word after `CUSTOM` for a subclass.
        subclasses: Vec<Subclass>,
    },
    /// Ends the subscription to these events.
    Unsubscribe {
        /// By name.
        events: Vec<EventName>,
    },
    /// Passes only events with this header; several filters are alternatives.
    Filter {
        /// The header's name.
        header: EslWord,
        /// Its value.
        value: EslValue,
    },
    /// Removes a filter: one value of a header, or all of them.
    FilterDelete {
        /// The header's name.
        header: EslWord,
        /// Its value; `None` for every value.
        value: Option<EslValue>,
    },
    /// Runs an application on a channel.
    Execute(Execution),
    /// Hangs a channel up.
    Hangup {
        /// The channel; `None` for that of the outbound connection.
        channel: Option<EslWord>,
        /// FreeSWITCH's name of the cause; see [`switch_cause_of`](super::switch_cause_of).
        cause: EslWord,
    },
    /// Sends a call's sound over UDP. Never use it before the call was answered, twice, or during a prompt: FreeSWITCH crashes at
    /// once in the first case, and later in the second. The reply says nothing.
    Unicast {
        /// The channel; `None` for that of the outbound connection.
        channel: Option<EslWord>,
        /// The two sockets.
        route: UnicastRoute,
    },
    /// Runs an API command and answers with its output. Nothing else comes on this connection until it is done.
    Api(ApiCommand),
    /// Runs an API command in the background; [`JobDone`](super::JobDone) has its output.
    BackgroundApi {
        /// The command.
        command: ApiCommand,
        /// The id of the job.
        job: EslWord,
    },
    /// Closes the connection cleanly.
    Exit,
}

/// A password; it is never displayed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub EslValue);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// An application to run on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The channel; `None` for that of the outbound connection.
    pub channel: Option<EslWord>,
    /// The application.
    pub application: Application,
    /// Its argument.
    pub argument: Option<EslValue>,
    /// When it runs.
    pub order: ExecuteOrder,
    /// Its repetition.
    pub times: Repetition,
    /// Id that comes back as [`application_id`](super::ExecuteComplete::application_id).
    pub id: Option<EslWord>,
}

/// When an application runs while another one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecuteOrder {
    /// After all applications that were queued before it (`event-lock`).
    Queued,
    /// Immediately, inside the running one, which continues afterwards.
    AtOnce,
}

/// Repetition of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// Once.
    Once,
    /// Again after each end, until it is stopped or the channel goes elsewhere (`loops`). An application that takes less than 0.5
    /// s runs once.
    Endless,
}

/// Addresses between which `unicast` sends. FreeSWITCH's core opens only IPv4 sockets for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnicastRoute {
    /// The address that FreeSWITCH binds.
    pub local_ip: Ipv4Addr,
    /// The port that it binds; 0 lets its kernel choose, and the first datagram reveals it.
    pub local_port: u16,
    /// Our address.
    pub remote_ip: Ipv4Addr,
    /// Our port.
    pub remote_port: u16,
}

/// The applications that we run. FreeSWITCH hangs up a call that should run one that it doesn't know, so no other can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// 200.
    Answer,
    /// 183 with sound.
    PreAnswer,
    /// 180.
    RingReady,
    /// Plays a file, a tone, silence.
    Playback,
    /// `name=value`.
    Set,
    /// Calls somebody and bridges the channels.
    Bridge,
    /// Goes to another extension.
    Transfer,
    /// Sends digits to the phone.
    SendDtmf,
    /// Waits for further commands.
    Park,
}

impl Application {
    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::PreAnswer => "pre_answer",
            Self::RingReady => "ring_ready",
            Self::Playback => "playback",
            Self::Set => "set",
            Self::Bridge => "bridge",
            Self::Transfer => "transfer",
            Self::SendDtmf => "send_dtmf",
            Self::Park => "park",
        }
    }
}

impl Command {
    /// Appends the command's bytes to `out`. Several commands may be written one after the other.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(Wire(self).to_string().as_bytes());
    }

    /// Returns the command's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        Wire(self).to_string().into_bytes()
    }
}

/// A command as it is sent. `Command` itself has no `Display`, because that would show a password.
struct Wire<'a>(&'a Command);

impl fmt::Display for Wire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_lines(f)?;
        f.write_str("\n")
    }
}

impl Wire<'_> {
    fn write_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Command::Connect => f.write_str("connect\n"),
            Command::Linger { seconds } => writeln!(f, "linger {seconds}"),
            Command::Auth(Password(password)) => writeln!(f, "auth {password}"),
            Command::Subscribe { events, subclasses } => {
                f.write_str("event plain")?;
                write_names(f, events)?;
                if !subclasses.is_empty() {
                    f.write_str(" CUSTOM")?;
                }
                for subclass in subclasses {
                    write!(f, " {}", subclass.as_str())?;
                }
                f.write_str("\n")
            }
            Command::Unsubscribe { events } => {
                f.write_str("nixevent")?;
                write_names(f, events)?;
                f.write_str("\n")
            }
            Command::Filter { header, value } => writeln!(f, "filter {header} {value}"),
            Command::FilterDelete { header, value: Some(value) } => {
                writeln!(f, "filter delete {header} {value}")
            }
            Command::FilterDelete { header, value: None } => writeln!(f, "filter delete {header}"),
            Command::Execute(execution) => write_execution(f, execution),
            Command::Hangup { channel, cause } => {
                write_message(f, channel.as_ref(), "hangup")?;
                writeln!(f, "hangup-cause: {cause}")
            }
            Command::Unicast { channel, route } => {
                write_message(f, channel.as_ref(), "unicast")?;
                let UnicastRoute { local_ip, local_port, remote_ip, remote_port } = route;
                writeln!(f, "local-ip: {local_ip}\nlocal-port: {local_port}")?;
                writeln!(f, "remote-ip: {remote_ip}\nremote-port: {remote_port}\ntransport: udp")
            }
            Command::Api(command) => writeln!(f, "api {command}"),
            Command::BackgroundApi { command, job } => writeln!(f, "bgapi {command}\nJob-UUID: {job}"),
            Command::Exit => f.write_str("exit\n"),
        }
    }
}

fn write_names(f: &mut fmt::Formatter<'_>, events: &[EventName]) -> fmt::Result {
    let names = events.iter().filter(|event| **event != EventName::Custom);
    names.map(|event| event.as_str()).try_for_each(|name| write!(f, " {name}"))
}

/// Writes the first two lines of a `sendmsg`.
fn write_message(f: &mut fmt::Formatter<'_>, channel: Option<&EslWord>, command: &str) -> fmt::Result {
    match channel {
        Some(channel) => writeln!(f, "sendmsg {channel}\ncall-command: {command}"),
        None => writeln!(f, "sendmsg\ncall-command: {command}"),
    }
}

fn write_execution(f: &mut fmt::Formatter<'_>, execution: &Execution) -> fmt::Result {
    let Execution { channel, application, argument, order, times, id } = execution;
    write_message(f, channel.as_ref(), "execute")?;
    writeln!(f, "execute-app-name: {}", application.as_str())?;
    if let Some(argument) = argument {
        writeln!(f, "execute-app-arg: {argument}")?;
    }
    if *order == ExecuteOrder::Queued {
        f.write_str("event-lock: true\n")?;
    }
    if *times == Repetition::Endless {
        f.write_str("loops: -1\n")?;
    }
    match id {
        Some(id) => writeln!(f, "Event-UUID: {id}"),
        None => Ok(()),
    }
}
