//! Requests to Asterisk.

use std::fmt;

use super::{AmiValue, BadAmiValue};
use crate::dialplan::DialplanTarget;
use crate::digit::Digit;
use md5::{Digest, Md5};

/// The classes of events that we want. `dialplan` is left out, because it is half of all bytes of a call.
pub const EVENT_MASK: &str = "system,call,user,dtmf";

/// The secret of a manager user. It is never displayed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(AmiValue);

impl Secret {
    /// Accepts the text if it may be in an action.
    ///
    /// # Errors
    /// As [`AmiValue::new`].
    pub fn new(text: impl Into<String>) -> Result<Self, BadAmiValue> {
        AmiValue::new(text).map(Self)
    }

    /// Returns the key that answers a challenge, so that the secret itself doesn't go over the wire.
    pub fn key_for(&self, challenge: &str) -> AmiValue {
        let digest = Md5::new().chain_update(challenge).chain_update(self.0.as_str()).finalize();
        AmiValue::from_hex(&digest)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Destination of an answered channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A place in the dialplan.
    Dialplan(DialplanTarget),
    /// One application.
    Application {
        /// The name.
        name: &'static str,
        /// The application's argument.
        data: AmiValue,
    },
}

/// A channel to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originate {
    /// Channel to dial, as `PJSIP/2001`.
    pub dial: AmiValue,
    /// The id of the new channel.
    pub channel_id: AmiValue,
    /// Destination of the channel once somebody has answered.
    pub onward: Destination,
    /// Caller id that the called phone shows.
    pub caller_id: Option<AmiValue>,
    /// Time that the phone may ring, in ms.
    pub timeout_ms: u64,
    /// Whether sound before the answer goes to the same destination.
    pub with_early_media: bool,
    /// Variables of the channel, by name.
    pub variables: Vec<(AmiValue, AmiValue)>,
}

/// An action. Slow ones are requested asynchronously: their answer only says that they are queued.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Requests a challenge.
    Challenge,
    /// Signs in with the answer to the challenge, and names the wanted events.
    Login {
        /// The user.
        user: AmiValue,
        /// [`Secret::key_for`] the challenge.
        key: AmiValue,
    },
    /// Sends a keep-alive.
    Ping,
    /// Requests the time when Asterisk was started.
    CoreStatus,
    /// Lists all channels.
    CoreShowChannels,
    /// Lists all bridges. No list of channels has the kind of a bridge.
    BridgeList,
    /// Lists one channel, or all.
    Status {
        /// Its id; none for all.
        channel: Option<AmiValue>,
    },
    /// Gets the value of a variable, or of a function.
    Getvar {
        /// The channel's id; none for a global variable.
        channel: Option<AmiValue>,
        /// Its name.
        variable: AmiValue,
    },
    /// Sets a variable of a channel.
    Setvar {
        /// The channel's id.
        channel: AmiValue,
        /// Its name.
        variable: AmiValue,
        /// The value.
        value: AmiValue,
    },
    /// Ends a channel.
    Hangup {
        /// Its id.
        channel: AmiValue,
        /// The Q.850 cause.
        cause: u16,
    },
    /// Sends a channel elsewhere in the dialplan. The place has to exist; otherwise the channel is hung up.
    Redirect {
        /// Its id.
        channel: AmiValue,
        /// The destination.
        target: DialplanTarget,
        /// The channel that it is bridged with, and that channel's destination at the same moment.
        extra: Option<(AmiValue, DialplanTarget)>,
    },
    /// Joins two channels, whatever they are doing.
    Bridge {
        /// The first channel.
        channel: AmiValue,
        /// The second channel.
        with: AmiValue,
    },
    /// Creates a channel.
    Originate(Box<Originate>),
    /// Plays a key to a channel. Asterisk does nothing else for this connection meanwhile.
    PlayDtmf {
        /// Its id.
        channel: AmiValue,
        /// The key.
        digit: Digit,
        /// Duration, in ms.
        duration_ms: u32,
    },
    /// Ends a channel after this many seconds in any case.
    AbsoluteTimeout {
        /// Its id.
        channel: AmiValue,
        /// Seconds; 0 for never.
        seconds: u32,
    },
    /// Parks a channel.
    Park {
        /// Its id.
        channel: AmiValue,
        /// Duration, in ms; Asterisk rounds down to seconds.
        timeout_ms: u64,
    },
    /// Records a channel on Asterisk's machine, even while it is with somebody else.
    MixMonitor {
        /// Its id.
        channel: AmiValue,
        /// The file.
        file: AmiValue,
    },
    /// Stops such a recording.
    StopMixMonitor {
        /// Its id.
        channel: AmiValue,
    },
    /// Lists the contacts of the registered phones, or answers with an error if there are none.
    PjsipShowContacts,
    /// Lists the actions that the user may use: the answer has a header for each permitted action and for no other.
    ListCommands,
    /// Requests the version of the Asterisk.
    CoreSettings,
    /// Checks whether a module is loaded.
    ModuleCheck {
        /// Its name, without `.so`.
        module: &'static str,
    },
    /// Reads one of its configuration files: the answer has a header for each section and each line.
    GetConfig {
        /// The file's name.
        file: &'static str,
    },
    /// Lists one PJSIP endpoint, or answers with an error if there is none of that name.
    PjsipShowEndpoint {
        /// Its name.
        endpoint: AmiValue,
    },
    /// Sends an event to all programs that subscribe to such events.
    UserEvent {
        /// The name.
        name: &'static str,
    },
}

impl Action {
    /// Returns its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Challenge => "Challenge",
            Self::Login { .. } => "Login",
            Self::Ping => "Ping",
            Self::CoreStatus => "CoreStatus",
            Self::CoreShowChannels => "CoreShowChannels",
            Self::BridgeList => "BridgeList",
            Self::Status { .. } => "Status",
            Self::Getvar { .. } => "Getvar",
            Self::Setvar { .. } => "Setvar",
            Self::Hangup { .. } => "Hangup",
            Self::Redirect { .. } => "Redirect",
            Self::Bridge { .. } => "Bridge",
            Self::Originate(_) => "Originate",
            Self::PlayDtmf { .. } => "PlayDTMF",
            Self::AbsoluteTimeout { .. } => "AbsoluteTimeout",
            Self::Park { .. } => "Park",
            Self::MixMonitor { .. } => "MixMonitor",
            Self::StopMixMonitor { .. } => "StopMixMonitor",
            Self::PjsipShowContacts => "PJSIPShowContacts",
            Self::ListCommands => "ListCommands",
            Self::CoreSettings => "CoreSettings",
            Self::ModuleCheck { .. } => "ModuleCheck",
            Self::GetConfig { .. } => "GetConfig",
            Self::PjsipShowEndpoint { .. } => "PJSIPShowEndpoint",
            Self::UserEvent { .. } => "UserEvent",
        }
    }

    /// Returns the `write` class of `manager.conf` that the action needs; none if any user may use it.
    pub const fn permission(&self) -> Option<&'static str> {
        match self {
            Self::Challenge | Self::Login { .. } | Self::Ping | Self::ListCommands | Self::BridgeList => None,
            Self::CoreStatus
            | Self::CoreShowChannels
            | Self::CoreSettings
            | Self::ModuleCheck { .. }
            | Self::MixMonitor { .. }
            | Self::PjsipShowContacts
            | Self::GetConfig { .. }
            | Self::PjsipShowEndpoint { .. } => Some("system"),
            Self::Originate(_) => Some("originate"),
            Self::UserEvent { .. } => Some("user"),
            _ => Some("call"),
        }
    }

    /// Appends the action to `out`. Its answer says whether a list follows.
    pub fn encode(&self, action_id: &str, out: &mut Vec<u8>) {
        let mut lines = Lines(out);
        lines.add("Action", self.name());
        lines.add("ActionID", action_id);
        match self {
            Self::Ping
            | Self::CoreStatus
            | Self::CoreShowChannels
            | Self::BridgeList
            | Self::PjsipShowContacts
            | Self::ListCommands
            | Self::CoreSettings => {}
            Self::Challenge => lines.add("AuthType", "MD5"),
            Self::Login { user, key } => {
                lines.add("AuthType", "MD5");
                lines.add("Username", user.as_str());
                lines.add("Key", key.as_str());
                lines.add("Events", EVENT_MASK);
            }
            Self::Status { channel } => lines.add_some("Channel", channel.as_ref()),
            Self::Getvar { channel, variable } => {
                lines.add_some("Channel", channel.as_ref());
                lines.add("Variable", variable.as_str());
            }
            Self::Setvar { channel, variable, value } => {
                lines.add("Channel", channel.as_str());
                lines.add("Variable", variable.as_str());
                lines.add("Value", value.as_str());
            }
            Self::Hangup { channel, cause } => {
                lines.add("Channel", channel.as_str());
                lines.add("Cause", cause);
            }
            Self::Redirect { channel, target, extra } => {
                lines.add("Channel", channel.as_str());
                lines.add_place(["Context", "Exten", "Priority"], target);
                if let Some((extra, target)) = extra {
                    lines.add("ExtraChannel", extra.as_str());
                    lines.add_place(["ExtraContext", "ExtraExten", "ExtraPriority"], target);
                }
            }
            Self::Bridge { channel, with } => {
                lines.add("Channel1", channel.as_str());
                lines.add("Channel2", with.as_str());
                lines.add("Tone", "no");
            }
            Self::Originate(originate) => lines.add_originate(originate),
            Self::PlayDtmf { channel, digit, duration_ms } => {
                lines.add("Channel", channel.as_str());
                lines.add("Digit", digit);
                lines.add("Duration", duration_ms);
            }
            Self::AbsoluteTimeout { channel, seconds } => {
                lines.add("Channel", channel.as_str());
                lines.add("Timeout", seconds);
            }
            Self::Park { channel, timeout_ms } => {
                lines.add("Channel", channel.as_str());
                lines.add("Timeout", timeout_ms);
            }
            Self::MixMonitor { channel, file } => {
                lines.add("Channel", channel.as_str());
                lines.add("File", file.as_str());
            }
            Self::StopMixMonitor { channel } => lines.add("Channel", channel.as_str()),
            Self::ModuleCheck { module } => lines.add("Module", module),
            Self::GetConfig { file } => lines.add("Filename", file),
            Self::PjsipShowEndpoint { endpoint } => lines.add("Endpoint", endpoint.as_str()),
            Self::UserEvent { name } => lines.add("UserEvent", name),
        }
        lines.0.extend_from_slice(b"\r\n");
    }
}

/// Writer of the lines of an action.
struct Lines<'a>(&'a mut Vec<u8>);

impl Lines<'_> {
    /// Adds a header. `value` is an [`AmiValue`], a number, or a word of ours, so it never ends the line.
    fn add(&mut self, name: &str, value: impl fmt::Display) {
        self.0.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }

    fn add_some(&mut self, name: &str, value: Option<&AmiValue>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn add_place(&mut self, [context, extension, priority]: [&str; 3], target: &DialplanTarget) {
        self.add(context, target.context());
        self.add(extension, target.extension());
        self.add(priority, target.priority());
    }

    fn add_originate(&mut self, originate: &Originate) {
        self.add("Channel", &originate.dial);
        match &originate.onward {
            Destination::Dialplan(target) => self.add_place(["Context", "Exten", "Priority"], target),
            Destination::Application { name, data } => {
                self.add("Application", name);
                self.add("Data", data);
            }
        }
        self.add_some("CallerID", originate.caller_id.as_ref());
        self.add("Timeout", originate.timeout_ms);
        self.add("Async", "true");
        if originate.with_early_media {
            self.add("EarlyMedia", "true");
        }
        self.add("ChannelId", &originate.channel_id);
        for (name, value) in &originate.variables {
            self.add("Variable", format_args!("{name}={value}"));
        }
    }
}
