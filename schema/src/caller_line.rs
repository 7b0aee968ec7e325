//! Lines by which callers are reached. This is the only place that maps products to kinds of lines: code that decides about a
//! call knows these kinds and their abilities, and no product by name.

use crate::call::CallPolicy;
use crate::switch::{FreeswitchAudio, FreeswitchMode, HandoffFailure};
use crate::wire::twilio::AccountSid;

/// How a caller is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Only a leg of ours. After it has ended, the caller's dialplan asks at `/next` where they go. There is no other way to
    /// control the caller.
    #[default]
    Leg,
    /// A leg of ours, and a switch under control that has the channel behind it. The caller's dialplan asks at `/next` if no
    /// order has transferred them.
    ControlledLeg,
    /// A channel of a switch: its control uses one connection, its audio another.
    Channel,
    /// Documents that instruct the caller's switch, and streams between them.
    Documents,
    /// A page in the caller's browser.
    Page,
}

impl LineKind {
    /// Whether a dialplan asks us over HTTP where such callers go.
    pub const fn has_dialplan(self) -> bool {
        matches!(self, Self::Leg | Self::ControlledLeg)
    }
}

/// The halves that a [`LineKind::Channel`] can have.
pub type ChannelMode = FreeswitchMode;
/// How the audio of a [`LineKind::Channel`] arrives. The trait with the same name in `actors` belongs to the code that orders it.
pub type ChannelAudio = FreeswitchAudio;

/// Why an extension can't be reached by documents.
pub const NO_HOST_OF_EXTENSIONS: &str = "nobody knows at which host extensions are: set twilio.sip_domain";

impl HandoffFailure {
    /// Returns why nobody was reached over a line of this kind, from the cause with which the called channel was hung up.
    pub fn of_hangup(line: Option<LineKind>, cause: &str) -> Self {
        match line {
            Some(LineKind::Channel) => Self::from_freeswitch(&cause.to_ascii_uppercase()),
            Some(LineKind::ControlledLeg) => Self::from_asterisk_cause(cause),
            _ => Self::Congestion,
        }
    }
}

impl CallPolicy {
    /// Returns how long a person's phone may ring, in ms.
    pub fn ring_timeout_ms(&self, line: LineKind) -> u64 {
        match line {
            LineKind::ControlledLeg => self.asterisk.ring_timeout_ms,
            LineKind::Documents => self.twilio.ring_timeout_ms,
            LineKind::Leg | LineKind::Channel | LineKind::Page => self.freeswitch.ring_timeout_ms,
        }
    }

    /// Returns how long a caller may stay parked, in ms.
    pub fn park_timeout_ms(&self) -> u64 {
        self.asterisk.park_timeout_ms
    }

    /// Whether the switch records the conversation of a caller and a person whom it has connected.
    pub fn records_people(&self) -> bool {
        self.asterisk.record_people
    }

    /// Returns the halves of a channel that belong to a call.
    pub fn channel_mode(&self) -> ChannelMode {
        self.freeswitch.mode
    }

    /// Returns how a channel's audio arrives.
    pub fn channel_audio(&self) -> ChannelAudio {
        self.freeswitch.audio
    }

    /// Returns the folder of prompts on the disk of a switch that plays them.
    pub fn prompts_dir(&self) -> &str {
        &self.freeswitch.prompts_dir
    }

    /// Returns the organization's own account that has the caller's call; none if it is the configuration's.
    pub fn account(&self) -> Option<&AccountSid> {
        self.twilio.account.as_ref()
    }

    /// Whether documents can name extensions: the host of their SIP addresses is known.
    pub fn documents_reach_extensions(&self) -> bool {
        self.twilio.reaches_extensions
    }

    /// Whether people can be called for callers who are served by documents: there is a number to show them.
    pub fn documents_call_people(&self) -> bool {
        self.twilio.calls_people
    }
}
