//! A switch that we control (FreeSWITCH), and the channels that it holds for us.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::kinds::{Servers, ShownNumbers, SwitchKind};
use crate::wire::twilio::AccountSid;

/// What a FreeSWITCH provides of a call: control, audio or both (`freeswitch.mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FreeswitchMode {
    /// Control by ESL, and audio.
    #[default]
    Dual,
    /// Audio over a WebSocket, and no control link.
    Audio,
    /// Control by ESL, and no audio: prompts by `playback`, keys, and people on phones.
    Esl,
}

/// Transport of a call's audio from FreeSWITCH (`freeswitch.audio`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FreeswitchAudio {
    /// The community `mod_audio_stream`: a WebSocket in, chunks of `playback` back.
    #[default]
    Websocket,
    /// FreeSWITCH's own `unicast`: raw samples over UDP, both ways.
    Unicast,
}

/// Policy for calls whose caller is on a FreeSWITCH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct FreeswitchPolicy {
    /// What the switch provides of a call.
    pub mode: FreeswitchMode,
    /// Transport of its audio.
    pub audio: FreeswitchAudio,
    /// Time that a person's phone may ring, in ms (`freeswitch.ring_timeout_s`).
    pub ring_timeout_ms: u64,
    /// Directory on the switch with the prompts of calls without audio, one file `LINE.wav` for each prompt
    /// (`freeswitch.prompts_dir`).
    pub prompts_dir: String,
}

impl Default for FreeswitchPolicy {
    fn default() -> Self {
        Self {
            mode: FreeswitchMode::default(),
            audio: FreeswitchAudio::default(),
            ring_timeout_ms: 20_000,
            prompts_dir: "/var/lib/cordboard/prompts".to_owned(),
        }
    }
}

/// Policy for calls whose caller is on an Asterisk under control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AsteriskPolicy {
    /// Time that a person's phone may ring, in ms (`asterisk.ring_timeout_s`).
    pub ring_timeout_ms: u64,
    /// Time that a caller is parked before they come back, in ms (`asterisk.park_timeout_s`).
    pub park_timeout_ms: u64,
    /// Whether Asterisk records the conversation of a caller and a person who talk without us (`asterisk.record_people`).
    pub record_people: bool,
}

impl Default for AsteriskPolicy {
    fn default() -> Self {
        Self { ring_timeout_ms: 20_000, park_timeout_ms: 120_000, record_people: false }
    }
}

/// Policy for calls whose caller is on Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct TwilioPolicy {
    /// Whether extensions can be dialled: the host of their SIP addresses is known (`twilio.sip_domain`).
    pub reaches_extensions: bool,
    /// Whether people can be called: the number that they are shown is known (`twilio.transfer_caller_id`).
    pub calls_people: bool,
    /// Time that a person's phone may ring, in ms (`twilio.ring_timeout_s`).
    pub ring_timeout_ms: u64,
    /// The organization's own account that has the caller's call; none if it is the account of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub account: Option<AccountSid>,
}

impl Default for TwilioPolicy {
    fn default() -> Self {
        Self { reaches_extensions: false, calls_people: false, ring_timeout_ms: 20_000, account: None }
    }
}

/// Number of a control connection that a switch opened for a call, counted from 1 in the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ControlId(pub u64);

impl fmt::Display for ControlId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A way to a call's channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "via", rename_all = "snake_case")]
pub enum ControlLink {
    /// The connection that the channel's dialplan opened (`socket`).
    Outbound {
        /// The control link.
        control: ControlId,
    },
    /// Our own connection to the switch, which serves all its channels.
    Inbound,
}

/// Answer state of a channel (`Answer-State`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// It rings; there is no media.
    #[default]
    Ringing,
    /// Media before the answer.
    Early,
    /// Answered.
    Answered,
}

/// The channel as a control link saw it when it was attached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelSeen {
    /// Kind of its switch.
    #[serde(default, skip_serializing_if = "SwitchKind::is_default")]
    pub switch: SwitchKind,
    /// Answer state.
    pub answer_state: AnswerState,
    /// The other channel that it is bridged with, if any.
    #[serde(default)]
    pub bridged_with: Option<String>,
    /// Whether the caller's phone holds the call; none if this link does not report it, or reports it later by an event of its
    /// own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_held: Option<bool>,
    /// The SIP domain whose phones it can reach, such as `pbx.example`.
    #[serde(default)]
    pub domain: Option<String>,
    /// Sample rate of its codec, in Hz, if the switch reports it.
    #[serde(default)]
    pub read_rate: Option<u32>,
    /// The caller's number, reported by a switch that was asked for the channel. Otherwise a dialplan announces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The dialled number, from the same source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The extension that the channel was sent to and that nobody answered, if the channel came back for that reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrouted: Option<String>,
    /// Why nobody answered there; `None` if the dialplan has no such extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrouted_for: Option<HandoffFailure>,
}

/// Outcome of a request to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ActionOutcome {
    /// The switch has done it.
    Done,
    /// The switch refused it, or it failed.
    Failed {
        /// Why, in the switch's words.
        reason: String,
    },
    /// The link was lost before the switch answered: the outcome is unknown.
    Unknown,
}

/// Why a person could not be reached: one list for hand-offs and outbound calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandoffFailure {
    /// In a call.
    Busy,
    /// It rang, and nobody answered.
    NoAnswer,
    /// The call was declined.
    Declined,
    /// No phone is registered there.
    Unregistered,
    /// The person is not at work.
    Offline,
    /// The number does not exist, or no longer exists.
    Unallocated,
    /// The phone is registered and does not answer the network.
    Unavailable,
    /// The network or the switch is full.
    Congestion,
    /// The target can't be dialled from here, or is not allowed.
    BadTarget,
    /// A mailbox answered.
    Voicemail,
    /// The line to the outside is down.
    Trunk,
    /// The switch did not report the outcome in time.
    Timeout,
    /// The caller left before anybody answered.
    CallerLeft,
    /// A person answered our call, and no agent took it in time.
    NobodyFree,
    /// The called party answered, and hung up before anybody spoke to them: our detector did not know yet who it was, or their audio was
    /// not here yet.
    HungUpEarly,
}

/// Names of causes (FreeSWITCH's, in lower case) that mean that nobody answered a caller.
pub const UNANSWERED_CAUSES: [&str; 21] = [
    "user_busy",
    "no_answer",
    "no_user_response",
    "recovery_on_timer_expire",
    "call_rejected",
    "user_not_registered",
    "subscriber_absent",
    "unallocated_number",
    "number_changed",
    "no_route_destination",
    "normal_temporary_failure",
    "destination_out_of_order",
    "invalid_gateway",
    "gateway_down",
    "chan_not_implemented",
    "invalid_profile",
    "invalid_number_format",
    "normal_circuit_congestion",
    "switch_congestion",
    "network_out_of_order",
    "requested_chan_unavail",
];

/// Returns whether a SIP answer with this status means that the trunk does not let us call, for example because our account has
/// no credit. It says nothing about the person: a campaign that took it for their refusal would give up everybody on its list.
pub const fn is_refused_by_trunk(sip_status: u16) -> bool {
    matches!(sip_status, 401..=403 | 407)
}

/// Returns whether a SIP answer with this status means that the called person declined. A service may report such a call as busy or unanswered.
pub const fn is_declined(sip_status: u16) -> bool {
    matches!(sip_status, 603 | 607)
}

impl HandoffFailure {
    /// All failures.
    pub const ALL: [Self; 15] = [
        Self::Busy,
        Self::NoAnswer,
        Self::Declined,
        Self::Unregistered,
        Self::Offline,
        Self::Unallocated,
        Self::Unavailable,
        Self::Congestion,
        Self::BadTarget,
        Self::Voicemail,
        Self::Trunk,
        Self::Timeout,
        Self::CallerLeft,
        Self::NobodyFree,
        Self::HungUpEarly,
    ];

    /// Returns the word that the API, the journal and tools use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::Unregistered => "unregistered",
            Self::Offline => "offline",
            Self::Unallocated => "unallocated",
            Self::Unavailable => "unavailable",
            Self::Congestion => "congestion",
            Self::BadTarget => "bad_target",
            Self::Voicemail => "voicemail",
            Self::Trunk => "trunk",
            Self::Timeout => "timeout",
            Self::CallerLeft => "caller_left",
            Self::NobodyFree => "nobody_free",
            Self::HungUpEarly => "hung_up_early",
        }
    }

    /// Returns the failure that FreeSWITCH's word means: an `originate_disposition`, a cause after `-ERR`, or a hang-up cause of
    /// the called leg. An unknown word is a failure of the network.
    pub fn from_freeswitch(word: &str) -> Self {
        match word {
            "USER_BUSY" => Self::Busy,
            "NO_ANSWER" | "NO_USER_RESPONSE" | "ALLOTTED_TIMEOUT" | "RECOVERY_ON_TIMER_EXPIRE" => {
                Self::NoAnswer
            }
            "CALL_REJECTED" => Self::Declined,
            "USER_NOT_REGISTERED" => Self::Unregistered,
            "SUBSCRIBER_ABSENT" | "UNALLOCATED_NUMBER" | "NUMBER_CHANGED" | "NO_ROUTE_DESTINATION" => {
                Self::Unallocated
            }
            "NORMAL_TEMPORARY_FAILURE" | "DESTINATION_OUT_OF_ORDER" => Self::Unavailable,
            "INVALID_GATEWAY" | "GATEWAY_DOWN" => Self::Trunk,
            "CHAN_NOT_IMPLEMENTED" | "INVALID_PROFILE" | "INVALID_NUMBER_FORMAT" | "INVALID_URL" => {
                Self::BadTarget
            }
            "ORIGINATOR_CANCEL" => Self::CallerLeft,
            _ => Self::Congestion,
        }
    }

    /// Returns the failure that this status of a SIP answer means; none if it doesn't say why the call failed.
    pub const fn from_sip(status: u16) -> Option<Self> {
        Some(match status {
            status if is_refused_by_trunk(status) => Self::Trunk,
            status if is_declined(status) => Self::Declined,
            404 | 410 | 484 | 604 => Self::Unallocated,
            408 | 480 => Self::Unavailable,
            486 | 600 => Self::Busy,
            503 => Self::Congestion,
            _ => return None,
        })
    }

    /// Returns the failure that this cause means when it ends the caller's own channel: the party that they were sent to was not
    /// reached. None if the cause says nothing about that, for example a normal hang-up.
    pub fn of_cause(cause: &str) -> Option<Self> {
        let is_unanswered = UNANSWERED_CAUSES.contains(&cause);
        is_unanswered.then(|| Self::from_freeswitch(&cause.to_ascii_uppercase()))
    }
}

impl fmt::Display for HandoffFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a person can be reached at an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExtensionState {
    /// A phone is registered and in no call.
    Registered,
    /// A phone is registered and in a call.
    InCall,
    /// A phone is registered and rings.
    Ringing,
    /// A phone is registered and holds a call.
    OnHold,
    /// The extension exists, and no phone is registered.
    Unregistered,
    /// The switch does not know the extension.
    Unknown,
}

impl ExtensionState {
    /// Returns why nobody can be reached there, if that is so.
    pub const fn failure(self) -> Option<HandoffFailure> {
        match self {
            Self::Registered => None,
            Self::InCall | Self::Ringing | Self::OnHold => Some(HandoffFailure::Busy),
            Self::Unregistered => Some(HandoffFailure::Unregistered),
            Self::Unknown => Some(HandoffFailure::Unallocated),
        }
    }
}

/// Result of an extension check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExtensionChecked {
    /// State of the extension.
    pub state: ExtensionState,
    /// Commands that found it, such as `sofia_contact, show channels`.
    pub found_by: String,
}

/// What happens to the caller when the person who took over leaves first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AfterHandoff {
    /// The call ends.
    #[default]
    Release,
    /// The caller comes back to the assistant.
    Return,
}

/// State of the assistant's connection while a person talks with the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssistantInHandoff {
    /// It is closed: silence costs nothing.
    #[default]
    Released,
    /// It is kept open, without audio in either direction, so that it is ready at once when the caller returns.
    Kept,
}

/// Announcement to an agent before they are joined with a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandoffStyle {
    /// None: the agent talks with the caller at once, and reads at the desk who it is.
    #[default]
    Blind,
    /// Two sentences about the caller, in the assistant's voice, while the caller hears music. Not available with an assistant
    /// that only plays recordings.
    Warm,
}

/// An action that is possible in a call's current state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Speak with the caller: there is audio both ways.
    Converse,
    /// End the caller's connection.
    HangUp,
    /// Put the caller on hold.
    Hold,
    /// Transfer the caller without asking the target first.
    TransferBlind,
    /// Ring a person and join them with the caller.
    TransferAttended,
    /// Find out whether an extension can be reached.
    CheckExtension,
    /// Play a prompt to the caller.
    Play,
    /// Send digits to the caller's side.
    SendDtmf,
    /// Park the caller, so that anybody can fetch them.
    Park,
    /// Set the caller's channel variables.
    SetVariables,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_json_word() {
        for failure in HandoffFailure::ALL {
            assert_eq!(serde_json::to_value(failure).unwrap(), failure.as_str());
        }
    }

    #[test]
    fn freeswitchs_words_for_failed_bridges_are_understood() {
        let table = [
            ("USER_BUSY", HandoffFailure::Busy),
            ("CALL_REJECTED", HandoffFailure::Declined),
            ("NO_ANSWER", HandoffFailure::NoAnswer),
            ("USER_NOT_REGISTERED", HandoffFailure::Unregistered),
            ("SUBSCRIBER_ABSENT", HandoffFailure::Unallocated),
            ("NORMAL_TEMPORARY_FAILURE", HandoffFailure::Unavailable),
            ("INVALID_GATEWAY", HandoffFailure::Trunk),
            ("CHAN_NOT_IMPLEMENTED", HandoffFailure::BadTarget),
            ("NEVER_HEARD_OF", HandoffFailure::Congestion),
        ];
        for (word, failure) in table {
            assert_eq!(HandoffFailure::from_freeswitch(word), failure, "{word}");
        }
    }
}
