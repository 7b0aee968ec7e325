//! To a SwitchActor: requests of calls and of the API to a switch.

use std::collections::BTreeMap;

use cordboard_schema::agent::PhoneNow;
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::dial::{DialTarget, PhoneNumber};
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId, OutsideId};
use cordboard_schema::outbound::DialProgress;
use cordboard_schema::switch::{ExtensionChecked, HandoffFailure, SwitchKind};
use cordboard_schema::time::UnixMs;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{ChannelAction, Listening, Phone};
use crate::at_hand::Repeatable;
use crate::line::CallLine;

/// Call -> the actor of a switch, on its [`SwitchLine`].
#[derive(Debug)]
pub enum ToSwitch {
    /// Watch a channel of this call. Report `control_attached` of the inbound link once the switch reports that it
    /// has the channel, `control_lost` when the switch can't be reached any more, and `control_attached` again when
    /// it can.
    Watch {
        /// The channel: one of FreeSWITCH, or the one of this AudioSocket connection.
        channel: Uuid,
        /// The call's id, with which the channel is marked.
        call_id: CallId,
        /// The channel of the person from whom the call holds its caller, by an earlier order.
        held_from: Option<Uuid>,
        /// Whether the caller's phone has put the call on hold, as far as the call knows.
        phone_holds: bool,
        /// The call that gets the reports.
        call: CallLine,
    },
    /// A dialplan has reported which channel of its switch belongs to an AudioSocket connection.
    ChannelIs {
        /// The connection's UUID.
        channel: Uuid,
        /// The channel's id on the switch.
        unique_id: String,
    },
    /// Report to the call what happens on its channel, or leave that to the outbound link.
    Listen {
        /// The channel.
        channel: Uuid,
        /// The events to report.
        listening: Listening,
    },
    /// Have chunks of sound of this channel played while no other link reports on it: report
    /// [`PlaybackEvent::Handed`](super::PlaybackEvent::Handed) once the switch reports the next one.
    TakeSound {
        /// The channel.
        channel: Uuid,
    },
    /// The call is over.
    Unwatch {
        /// The channel.
        channel: Uuid,
    },
    /// Have the channel do something; the outcome is reported as `action_done`.
    Act {
        /// The channel.
        channel: Uuid,
        /// The request.
        effect: EffectId,
        /// The action.
        action: ChannelAction,
        /// The call that gets the reports.
        call: CallLine,
    },
    /// Find out whether an extension can be reached; answered as `extension_checked`.
    CheckExtension {
        /// The request.
        effect: EffectId,
        /// The extension.
        phone: Phone,
        /// The call that gets the reports.
        call: CallLine,
    },
    /// Check the place to which a caller is to be sent, and the phone there; answered as `place_checked`.
    CheckPlace {
        /// The transfer.
        effect: EffectId,
        /// The place.
        place: DialplanTarget,
        /// The phone at its extension.
        phone: Phone,
        /// The call that gets the reports.
        call: CallLine,
    },
    /// Ring an extension; reported as `handoff_ringing`, `handoff_accepted`, `handoff_failed`.
    Ring {
        /// The hand-off.
        handoff: EffectId,
        /// The channel that the person's leg gets.
        channel: Uuid,
        /// The extension.
        phone: Phone,
        /// The caller, for the phone's display.
        caller_number: Option<String>,
        /// How long it rings, in ms.
        timeout_ms: u64,
        /// The call that gets the reports.
        call: CallLine,
    },
    /// End the leg of a person who was rung.
    StopRinging {
        /// The channel that the person's leg got.
        channel: Uuid,
    },
    /// The call has a caller who is served by documents, and whom a process that died had joined with a person, or
    /// was about to: keep watching both.
    WithPerson {
        /// The caller's channel.
        channel: Uuid,
        /// The hand-off.
        handoff: EffectId,
        /// The channel that the person's leg got.
        person: Uuid,
        /// Whether they are together; otherwise the caller waits in the room.
        is_joined: bool,
        /// The call that gets the reports.
        call: CallLine,
    },
    /// Call a number or extension, and bring the person who answers to this call: by a control connection, or by
    /// audio under the name of the channel. Reported as `dial_progress`, `dial_answered`, `dial_failed`,
    /// `answered_by`; and as `hangup` if they hang up after they answered and before their control or audio has
    /// arrived. Never done twice for a channel.
    Dial(Box<Dial>),
    /// A process that died had ordered `Dial` for this channel, or may have, and its call still waits for the person:
    /// report on them as for `Dial`. Nobody is called because of this.
    AwaitDialled(Box<AwaitedDial>),
    /// The call no longer waits for the person whom this channel was to call: end whatever exists of it.
    StopDialling {
        /// The channel.
        channel: Uuid,
    },
    /// The call is over here: end what the switch, which serves the caller by documents, still has of it.
    EndCall {
        /// The call's name at the switch.
        name: OutsideId,
    },
    /// API -> switch: report the switch's state.
    Ask(oneshot::Sender<SwitchShown>),
    /// API -> switch: find out whether an extension can be reached.
    AskExtension {
        /// The extension.
        phone: Phone,
        /// Reply with the answer; dropped if the switch can't be asked.
        reply: oneshot::Sender<Option<ExtensionChecked>>,
    },
}

impl Repeatable for ToSwitch {
    fn again(&self) -> Option<Self> {
        match self {
            Self::Watch { channel, call_id, held_from, phone_holds, call } => Some(Self::Watch {
                channel: *channel,
                call_id: *call_id,
                held_from: *held_from,
                phone_holds: *phone_holds,
                call: call.clone(),
            }),
            Self::ChannelIs { channel, unique_id } => {
                Some(Self::ChannelIs { channel: *channel, unique_id: unique_id.clone() })
            }
            Self::Listen { channel, listening } => {
                Some(Self::Listen { channel: *channel, listening: *listening })
            }
            Self::TakeSound { channel } => Some(Self::TakeSound { channel: *channel }),
            Self::Unwatch { channel } => Some(Self::Unwatch { channel: *channel }),
            Self::StopRinging { channel } => Some(Self::StopRinging { channel: *channel }),
            Self::WithPerson { channel, handoff, person, is_joined, call } => Some(Self::WithPerson {
                channel: *channel,
                handoff: *handoff,
                person: *person,
                is_joined: *is_joined,
                call: call.clone(),
            }),
            Self::AwaitDialled(dial) => Some(Self::AwaitDialled(dial.clone())),
            Self::StopDialling { channel } => Some(Self::StopDialling { channel: *channel }),
            Self::EndCall { name } => Some(Self::EndCall { name: name.clone() }),
            Self::Act { .. }
            | Self::CheckExtension { .. }
            | Self::CheckPlace { .. }
            | Self::Ring { .. }
            | Self::Dial(_)
            | Self::Ask(_)
            | Self::AskExtension { .. } => None,
        }
    }
}

/// A call that a switch is to make.
#[derive(Debug)]
pub struct Dial {
    /// Name of the channel, or of the audio.
    pub channel: Uuid,
    /// The callee.
    pub target: DialTarget,
    /// The number that is shown to their phone; if none, the switch chooses.
    pub from: Option<PhoneNumber>,
    /// How long it rings, in ms.
    pub timeout_ms: u64,
    /// Variables that the switch keeps with the channel, each as `cordboard_NAME`. The values are untrusted text.
    pub variables: BTreeMap<String, String>,
    /// Whether the switch is to find out whether a mailbox answers, if it can.
    pub detects_mailbox: bool,
    /// Why the call is made.
    pub wanted_for: DialledFor,
    /// The call that gets the reports.
    pub call: CallLine,
}

/// A call that a process that died had ordered, or may have, and whose answer is still awaited.
#[derive(Clone, Debug)]
pub struct AwaitedDial {
    /// Name of the channel, or of the audio.
    pub channel: Uuid,
    /// How long it rings, in ms.
    pub timeout_ms: u64,
    /// Whether the switch was to find out whether a mailbox answers.
    pub detects_mailbox: bool,
    /// Whether it is to an extension, and not to an outside number.
    pub is_to_extension: bool,
    /// The switch's own name of the call, if it had reported one.
    pub name: Option<OutsideId>,
    /// The call that gets the reports.
    pub call: CallLine,
}

/// Why somebody is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialledFor {
    /// To be the other party of a call that we make.
    Call,
    /// To join a call here, as an agent or an external party: reported as `phone_told`. Their audio arrives under the
    /// name of the channel.
    Phone(EffectId),
}

impl DialledFor {
    /// Returns the fact that reports this to the call; nothing if nobody waits for it.
    pub fn translate(self, fact: Fact) -> Option<Fact> {
        match (self, fact) {
            (Self::Call, fact) => Some(fact),
            (Self::Phone(_), Fact::DialProgress { progress }) => self.progress(progress),
            (Self::Phone(_), Fact::DialAnswered) => Some(self.answered()),
            (Self::Phone(_), Fact::DialFailed { failure, cause }) => Some(self.failed(failure, cause)),
            (Self::Phone(_), Fact::Hangup { cause, .. }) => {
                Some(self.failed(HandoffFailure::Declined, Some(cause)))
            }
            (Self::Phone(_), _) => None,
        }
    }

    /// Returns the fact that reports how far their phone is; nothing if nobody waits for it.
    pub const fn progress(self, progress: DialProgress) -> Option<Fact> {
        match (self, progress) {
            (Self::Call, _) => Some(Fact::DialProgress { progress }),
            (Self::Phone(ringing), DialProgress::Ringing) => {
                Some(Fact::PhoneTold { ringing, now: PhoneNow::Rings })
            }
            (Self::Phone(_), DialProgress::EarlyMedia) => None,
        }
    }

    /// Returns the fact that they have answered.
    pub const fn answered(self) -> Fact {
        match self {
            Self::Call => Fact::DialAnswered,
            Self::Phone(ringing) => Fact::PhoneTold { ringing, now: PhoneNow::Answered },
        }
    }

    /// Returns the fact that the person who had answered has hung up their phone.
    pub fn put_down(self) -> Fact {
        match self {
            Self::Call => Fact::Hangup { by: HangupBy::Caller, cause: HangupCause::normal_clearing() },
            Self::Phone(ringing) => Fact::PhoneTold { ringing, now: PhoneNow::PutDown },
        }
    }

    /// Returns the fact that they could not be reached, or are gone again.
    pub const fn failed(self, failure: HandoffFailure, cause: Option<HangupCause>) -> Fact {
        match self {
            Self::Call => Fact::DialFailed { failure, cause },
            Self::Phone(ringing) => Fact::PhoneTold { ringing, now: PhoneNow::Failed { failure, cause } },
        }
    }
}

/// A switch, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SwitchShown {
    /// Its name in `freeswitch.servers` or `asterisk.servers`, or `twilio`.
    pub name: String,
    /// Its kind.
    pub kind: SwitchKind,
    /// Its address.
    pub address: String,
    /// Whether we are connected and signed in.
    pub is_connected: bool,
    /// Why not, as a text.
    pub fault: Option<String>,
    /// Its number of channels, as it last reported.
    pub channels: Option<u64>,
    /// Our calls that it has.
    pub calls: usize,
    /// How often the connection was lost.
    pub losses: u64,
    /// Events that it has sent since the server's start.
    pub events: u64,
    /// When it sent the newest of them.
    pub last_event_at: Option<UnixMs>,
}
