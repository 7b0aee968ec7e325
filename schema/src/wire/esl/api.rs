//! API commands: the text after `api` and `bgapi`.

use std::fmt;

use super::originate::{DialText, Originate};
use super::value::{EslValue, EslWord};
use crate::switch::UNANSWERED_CAUSES;

/// An API command. Its arguments are [`EslWord`]s, so that none of them is split in two.
///
/// Their answers are not uniform; see [`ApiAnswer`](super::ApiAnswer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiCommand {
    /// Checks whether a channel exists; read by [`yes_or_no`](super::yes_or_no).
    Exists {
        /// The channel.
        channel: EslWord,
    },
    /// Stops the playback.
    Break {
        /// The channel.
        channel: EslWord,
        /// Scope of the stop.
        scope: BreakScope,
    },
    /// Hangs a channel up, from any connection.
    Kill {
        /// The channel.
        channel: EslWord,
        /// FreeSWITCH's name of the cause.
        cause: EslWord,
    },
    /// Sends a channel to an extension. The answer is `+OK` even if no extension matches; the call then ends.
    Transfer {
        /// The channel.
        channel: EslWord,
        /// The number.
        extension: EslWord,
        /// The dialplan's context; `None` for the present one.
        context: Option<EslWord>,
        /// Our port, as `192.0.2.7:8022`. If the dialplan has no such extension, the channel is connected to it, and its variable
        /// [`UNROUTED`] names the missing extension. If nobody answers at that port for 30 s, the call ends as it would without
        /// it.
        back_to: Option<DialText>,
    },
    /// Makes a channel connect to our port when a phone at its next place refuses it. Otherwise FreeSWITCH would hang it up with
    /// the phone's cause: this is the variable `transfer_on_fail`. A dialplan that handles refusals itself (`continue_on_fail`)
    /// never gets here, and FreeSWITCH continues with the dialplan after a phone that nobody answered. The channel's variable
    /// [`UNROUTED`] names the extension that it comes from. It works once.
    ReturnRefused {
        /// The channel.
        channel: EslWord,
        /// The number to which it is sent next.
        extension: EslWord,
        /// Our port, as `192.0.2.7:8022`.
        back_to: DialText,
    },
    /// Parks a channel again, by an inline dialplan: the clean end of `unicast`, after which it may start again. Unlike
    /// `uuid_park`, it works any number of times.
    ParkAgain {
        /// The channel.
        channel: EslWord,
    },
    /// Bridges two channels.
    Bridge {
        /// The channel that stays if `park_after_bridge` is set on it.
        channel: EslWord,
        /// The other one.
        other: EslWord,
    },
    /// Puts a bridged channel on hold at the switch, or takes it off hold. The command succeeds even for a channel that doesn't
    /// exist.
    Hold {
        /// The channel.
        channel: EslWord,
        /// Direction of the change.
        change: HoldChange,
    },
    /// Sends digits to the phone.
    SendDtmf {
        /// The channel.
        channel: EslWord,
        /// The digits.
        digits: EslWord,
    },
    /// Sets a channel variable, or deletes it.
    SetVariable {
        /// The channel.
        channel: EslWord,
        /// The variable.
        name: EslWord,
        /// Its value; `None` deletes it. FreeSWITCH turns a backslash followed by `n` into a line break.
        value: Option<EslValue>,
    },
    /// Gets a channel variable; `_undef_` if it isn't set.
    GetVariable {
        /// The channel.
        channel: EslWord,
        /// The variable.
        name: EslWord,
    },
    /// Gets all data about a channel; read by [`Event::json`](super::Event::json).
    Dump {
        /// The channel.
        channel: EslWord,
    },
    /// Opens the audio WebSocket (`mod_audio_stream`). `+OK` means that it was started; an event reports the result.
    StreamStart {
        /// The channel.
        channel: EslWord,
        /// Our address. A module that was built without TLS accepts `wss`, and doesn't encrypt.
        url: EslWord,
        /// Which sound is carried.
        mix: StreamMix,
        /// Its rate in Hz, a multiple of 8,000.
        rate_hz: u32,
        /// The text with which the connection begins.
        metadata: Option<EslValue>,
    },
    /// Closes the audio WebSocket, and deletes the files with its sound. Waits up to 1 s for us to close.
    StreamStop {
        /// The channel.
        channel: EslWord,
        /// A last text, of one word.
        text: Option<EslValue>,
    },
    /// Lists the live channels; read by [`live_channels`](super::live_channels).
    ShowChannels,
    /// Lists the channels whose row contains this text.
    ShowChannelsLike {
        /// As `1002@example.com`.
        text: EslWord,
    },
    /// Checks whether a phone is registered; read by [`Registration`](super::Registration).
    SofiaContact {
        /// `1002@example.com`.
        address: EslWord,
    },
    /// Checks whether the directory has a user; read by [`yes_or_no`](super::yes_or_no).
    UserExists {
        /// `1002`.
        user: EslWord,
        /// `example.com`.
        domain: EslWord,
    },
    /// Calls somebody. The answer is `+OK` and the channel once the call is answered. Use it only with `bgapi`, because it takes
    /// that long.
    Originate(Originate),
    /// Checks whether a module is loaded; read by [`yes_or_no`](super::yes_or_no).
    ModuleExists {
        /// `mod_sofia`.
        module: EslWord,
    },
    /// Gets one page about the switch.
    Status,
    /// Gets the state of a trunk as text, which has `Invalid Gateway` if there is none of that name.
    GatewayStatus {
        /// `carrier`.
        gateway: EslWord,
    },
    /// Lists the music streams of its module `mod_local_stream`: one line `NAME,FOLDER` each.
    LocalStreams,
    /// Gets the domain that the switch uses by default; empty if it has none.
    DefaultDomain,
    /// Makes a channel leave its current application and connect to our port, as its dialplan's `socket` would.
    ToSocket {
        /// The channel.
        channel: EslWord,
        /// Our port, as `192.0.2.7:8022`.
        address: DialText,
    },
}

/// Number of attempts of a returning channel to reach our port, one every 2 s. It is the same as in the dialplan that we ship,
/// because the conversation continues from there and may outlive this process.
const WAY_BACK_TRIES: usize = 15;

/// The variable of a channel that was sent to an extension that nobody has, and came back: the extension.
pub const UNROUTED: &str = "cordboard_unrouted";

/// FreeSWITCH's variable with causes, and with the destination of a channel that a phone refused for one of them.
const ON_REFUSAL: &str = "transfer_on_fail";

fn causes_of_refusal() -> String {
    UNANSWERED_CAUSES.map(str::to_ascii_uppercase).join(",")
}

/// Writes the actions that bring a channel back to our port.
fn write_way_back(f: &mut fmt::Formatter<'_>, extension: &EslWord, address: &DialText) -> fmt::Result {
    write!(f, "set:{UNROUTED}={extension}^socket:{address} async full")?;
    (1..WAY_BACK_TRIES).try_for_each(|_| write!(f, "^sleep:2000^socket:{address} async full"))
}

/// Scope of a stop of playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakScope {
    /// The current playback; the next one in the queue starts.
    Current,
    /// All. Those that hadn't started get no [`ExecuteComplete`](super::ExecuteComplete).
    All,
}

/// Direction of a hold's change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldChange {
    /// Put on hold.
    Hold,
    /// Take off hold.
    Unhold,
}

/// Sound that an audio WebSocket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamMix {
    /// The caller's.
    Mono,
    /// The caller's and what the caller hears, as one. Sent only while something is sent to the caller.
    Mixed,
    /// The same, as left and right.
    Stereo,
}

impl StreamMix {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Mixed => "mixed",
            Self::Stereo => "stereo",
        }
    }
}

impl fmt::Display for ApiCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { channel } => write!(f, "uuid_exists {channel}"),
            Self::Break { channel, scope: BreakScope::Current } => write!(f, "uuid_break {channel}"),
            Self::Break { channel, scope: BreakScope::All } => write!(f, "uuid_break {channel} all"),
            Self::Kill { channel, cause } => write!(f, "uuid_kill {channel} {cause}"),
            Self::Transfer { channel, extension, context, back_to } => {
                write!(f, "uuid_transfer {channel} {extension}")?;
                match back_to {
                    // Dialplans are tried in this order, and the second has everything. They are separated by a comma, so the
                    // actions of one need another separator.
                    Some(address) => {
                        f.write_str(" 'XML,inline:m:^:")?;
                        write_way_back(f, extension, address)?;
                        f.write_str("^hangup:NO_ROUTE_DESTINATION'")?;
                    }
                    None if context.is_some() => f.write_str(" XML")?,
                    None => {}
                }
                context.as_ref().map_or(Ok(()), |context| write!(f, " {context}"))
            }
            Self::ReturnRefused { channel, extension, back_to } => {
                write!(f, "uuid_setvar {channel} {ON_REFUSAL} {}", causes_of_refusal())?;
                // The variable is split into words once more, so its quotes must survive the command's.
                write!(f, r" \'m:^:unset:{ON_REFUSAL}^")?;
                write_way_back(f, extension, back_to)?;
                f.write_str(r"^hangup:NORMAL_TEMPORARY_FAILURE\' inline")
            }
            Self::ParkAgain { channel } => write!(f, "uuid_transfer {channel} 'park' inline"),
            Self::Bridge { channel, other } => write!(f, "uuid_bridge {channel} {other}"),
            Self::Hold { channel, change: HoldChange::Hold } => write!(f, "uuid_hold {channel}"),
            Self::Hold { channel, change: HoldChange::Unhold } => write!(f, "uuid_hold off {channel}"),
            Self::SendDtmf { channel, digits } => write!(f, "uuid_send_dtmf {channel} {digits}"),
            Self::SetVariable { channel, name, value: Some(value) } => {
                write!(f, "uuid_setvar {channel} {name} {value}")
            }
            Self::SetVariable { channel, name, value: None } => write!(f, "uuid_setvar {channel} {name}"),
            Self::GetVariable { channel, name } => write!(f, "uuid_getvar {channel} {name}"),
            Self::Dump { channel } => write!(f, "uuid_dump {channel} json"),
            Self::StreamStart { channel, url, mix, rate_hz, metadata } => {
                let (mix, rate_khz) = (mix.as_str(), rate_hz / 1_000);
                write!(f, "uuid_audio_stream {channel} start {url} {mix} {rate_khz}k")?;
                write_last(f, metadata.as_ref())
            }
            Self::StreamStop { channel, text } => {
                write!(f, "uuid_audio_stream {channel} stop")?;
                write_last(f, text.as_ref())
            }
            Self::ShowChannels => f.write_str("show channels as json"),
            Self::ShowChannelsLike { text } => write!(f, "show channels like {text} as json"),
            Self::SofiaContact { address } => write!(f, "sofia_contact */{address}"),
            Self::UserExists { user, domain } => write!(f, "user_exists id {user} {domain}"),
            Self::Originate(originate) => write!(f, "{originate}"),
            Self::ModuleExists { module } => write!(f, "module_exists {module}"),
            Self::Status => f.write_str("status"),
            Self::GatewayStatus { gateway } => write!(f, "sofia status gateway {gateway}"),
            Self::LocalStreams => f.write_str("local_stream show"),
            Self::DefaultDomain => f.write_str("global_getvar domain"),
            Self::ToSocket { channel, address } => {
                write!(f, "uuid_transfer {channel} 'socket:{address} async full' inline")
            }
        }
    }
}

/// Writes the last argument, if there is one.
fn write_last(f: &mut fmt::Formatter<'_>, text: Option<&EslValue>) -> fmt::Result {
    text.map_or(Ok(()), |text| write!(f, " {text}"))
}
