//! Lines by which callers are reached. This is the one place that maps products to kinds of lines: code that decides about a call
//! knows these kinds and their abilities, and no product by its name.

use crate::call::CallPolicy;
use crate::switch::{FreeswitchAudio, FreeswitchMode, HandoffFailure};
use crate::wire::twilio::AccountSid;

/// How a caller is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// By a leg of ours alone. Once it has ended, their dialplan asks at `/next` where they go, and nobody else can be asked for anything.
    #[default]
    Leg,
    /// By such a leg, behind which a switch under control has the channel. Their dialplan asks at `/next` where no order has sent them on.
    ControlledLeg,
    /// By a channel of a switch: its control comes over one connection, its audio over another.
    Channel,
    /// By documents that instruct their switch, and streams between them.
    Documents,
    /// By a page in their browser.
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
/// How the audio of a [`LineKind::Channel`] comes. The trait of the same name in the actors is of those who order it.
pub type ChannelAudio = FreeswitchAudio;

/// Why an extension can't be reached by documents.
pub const NO_HOST_OF_EXTENSIONS: &str = "nobody knows at which host extensions are: set twilio.sip_domain";

impl HandoffFailure {
    /// Why nobody was reached over a line of this kind, by the cause with which the called channel was hung up.
    pub fn of_hangup(line: Option<LineKind>, cause: &str) -> Self {
        match line {
            Some(LineKind::Channel) => Self::from_freeswitch(&cause.to_ascii_uppercase()),
            Some(LineKind::ControlledLeg) => Self::from_asterisk_cause(cause),
            _ => Self::Congestion,
        }
    }
}

impl CallPolicy {
    /// Time that a person's phone may ring, in ms.
    pub fn ring_timeout_ms(&self, line: LineKind) -> u64 {
        match line {
            LineKind::ControlledLeg => self.asterisk.ring_timeout_ms,
            LineKind::Documents => self.twilio.ring_timeout_ms,
            LineKind::Leg | LineKind::Channel | LineKind::Page => self.freeswitch.ring_timeout_ms,
        }
    }

    /// How long a caller may stay parked, in ms.
    pub fn park_timeout_ms(&self) -> u64 {
        self.asterisk.park_timeout_ms
    }

    /// Whether what caller and person say is recorded by the switch that has them.
    pub fn records_people(&self) -> bool {
        self.asterisk.record_people
    }

    /// The halves of a channel that belong to a call.
    pub fn channel_mode(&self) -> ChannelMode {
        self.freeswitch.mode
    }

    /// How a channel's audio comes.
    pub fn channel_audio(&self) -> ChannelAudio {
        self.freeswitch.audio
    }

    /// The folder of prompts on the disk of a switch that plays them.
    pub fn prompts_dir(&self) -> &str {
        &self.freeswitch.prompts_dir
    }

    /// The organization's own account that holds the caller; none where it is the configuration's.
    pub fn account(&self) -> Option<&AccountSid> {
        self.twilio.account.as_ref()
    }

    /// Whether documents can name extensions: it is known at which host those are.
    pub fn documents_reach_extensions(&self) -> bool {
        self.twilio.reaches_extensions
    }

    /// Whether people can be called for callers who are served by documents: there is a number to show them.
    pub fn documents_call_people(&self) -> bool {
        self.twilio.calls_people
    }
}
