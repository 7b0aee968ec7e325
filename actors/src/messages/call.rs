//! To a CallActor: everything that happens to a call.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::document::{DocumentQuestion, DocumentStep};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{LegId, OutsideId};
use tokio::sync::oneshot;

use super::{Arrival, Command, CommandRefused, GivenBy, PlaybackEvent, StoreFault};
use crate::at_hand::Repeatable;
use crate::call::rebirth::is_decided_again;
use crate::media::ItemPlayed;
use crate::media::port::Port;
use crate::switches::ControlSource;

/// Legs, assistant, recorder, registry -> call: everything that happens to a call.
///
/// One enum, so that a [`CallLine`] is one channel.
#[derive(Debug)]
pub enum ToCall {
    /// Leg, assistant, recorder -> call: something happened. Goes to the machine as it is.
    Fact(Fact),
    /// Registry -> call: audio for this call.
    AudioArrived(Arrival),
    /// Registry -> call: a control connection for this call.
    ControlArrived(Box<dyn ControlSource>),
    /// Switch -> call: this switch has the caller's channel (this is not about being on hold). The switch is given by
    /// its name in the configuration.
    HeldBy {
        /// The name.
        server: String,
    },
    /// Switch -> call: this switch was asked to watch the caller's channel, but has no channel of that name, and was
    /// not seen to have had it. The switch is given by its name in the configuration.
    NotHeldBy {
        /// The name.
        server: String,
    },
    /// Control link -> call: a report on chunks of sound that the switch plays, for the leg that sent them.
    Playback(PlaybackEvent),
    /// Leg -> call: the switch is to stop playing the leg's sound; chunks from this number on were not sent.
    StopPlayback {
        /// The next chunk's number.
        next_chunk: u64,
        /// The link that had the switch play the stopped sound.
        given_by: GivenBy,
    },
    /// Leg -> call: this much of an item of the assistant was played to the leg's party.
    Played {
        /// The leg.
        leg: LegId,
        /// The item, and how much of it.
        played: ItemPlayed,
    },
    /// Leg -> call: the audio is up, its rate is known.
    LegJoined {
        /// The leg.
        leg: LegId,
        /// Its kind.
        leg_kind: LegKind,
        /// Rate of its audio.
        rate: SampleRate,
        /// Its mouth and ear.
        port: Port,
    },
    /// Registry -> call: a program or a person makes a request.
    Command {
        /// The command.
        command: Command,
        /// Reply whether the call does it.
        reply: oneshot::Sender<Result<(), CommandRefused>>,
    },
    /// Registry -> call: the dialplan asks what to do next.
    NextAsked {
        /// The call was sent to a place before, and the dialplan has no such place.
        lacks: bool,
        /// Reply with the answer, once it is stored.
        reply: oneshot::Sender<Result<NextStep, StoreFault>>,
    },
    /// Registry -> call: a switch that serves the caller by documents asks what to do next.
    DocumentAsked {
        /// The call's name at the switch.
        call: OutsideId,
        /// The question.
        question: DocumentQuestion,
        /// Reply with the answer, once it is stored.
        reply: oneshot::Sender<Result<DocumentStep, StoreFault>>,
    },
    /// The line itself -> call: from here on, something that happened found no room and is lost.
    FactsMissed,
}

impl ToCall {
    /// The message's name in the report that an actor died while handling it: the kind of the fact, or of the fact
    /// that it will become.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.kind(),
            Self::AudioArrived(_) => "leg_arrived",
            Self::ControlArrived(_) => "control_attached",
            Self::HeldBy { .. } => "held_by",
            Self::NotHeldBy { .. } => "not_held_by",
            Self::Playback(_) => "playback",
            Self::StopPlayback { .. } => "stop_playback",
            Self::Played { .. } => "played_until",
            Self::LegJoined { .. } => "leg_joined",
            Self::Command { command: Command::Say(_), .. } => "say_asked",
            Self::Command { command: Command::SendDtmf(_), .. } => "dtmf_asked",
            Self::Command { command: Command::Hold, .. } => "hold_asked",
            Self::Command { command: Command::Unhold, .. } => "unhold_asked",
            Self::Command { command: Command::Park, .. } => "park_asked",
            Self::Command { command: Command::SetVariables(_), .. } => "variables_asked",
            Self::Command { command: Command::Transfer(_), .. } => "transfer_asked",
            Self::Command { command: Command::Handoff(_), .. } => "handoff_asked",
            Self::Command { command: Command::OfAgent { .. }, .. } => "agent_asked",
            Self::Command { command: Command::OfSupervisor { .. }, .. } => "supervisor_asked",
            Self::NextAsked { .. } => "next_asked",
            Self::DocumentAsked { .. } => "document_asked",
            Self::FactsMissed => "facts_missed",
        }
    }
}

impl Repeatable for ToCall {
    fn again(&self) -> Option<Self> {
        match self {
            Self::Fact(fact) => is_decided_again(fact).then(|| Self::Fact(fact.clone())),
            Self::HeldBy { server } => Some(Self::HeldBy { server: server.clone() }),
            Self::NotHeldBy { server } => Some(Self::NotHeldBy { server: server.clone() }),
            Self::Playback(event) => Some(Self::Playback(*event)),
            Self::StopPlayback { next_chunk, given_by } => {
                Some(Self::StopPlayback { next_chunk: *next_chunk, given_by: *given_by })
            }
            Self::Played { leg, played } => Some(Self::Played { leg: *leg, played: *played }),
            Self::FactsMissed => Some(Self::FactsMissed),
            // The leg is asked to send it again.
            Self::LegJoined { .. } => None,
            // If it is dropped, the connection is closed, and its peer tries again.
            Self::AudioArrived(_) | Self::ControlArrived(_) => None,
            // The requester learns that there is no answer, and asks again.
            Self::Command { .. } | Self::NextAsked { .. } | Self::DocumentAsked { .. } => None,
        }
    }
}
