//! Which messages may be lost if their line is full. Every kind is listed: a new kind has to be added here.

use cordboard_schema::event::Fact;

use super::room::{Bounded, WhenFull};
use crate::messages::{Shown, ToCall, ToControl, ToLeg, ToSwitch, ToTwilio};

impl Bounded for ToCall {
    fn when_full(&self) -> WhenFull {
        match self {
            Self::Fact(fact) => of_fact(fact),
            // A few for each leg, chunk or switch.
            Self::LegJoined { .. }
            | Self::Playback(_)
            | Self::StopPlayback { .. }
            | Self::HeldBy { .. }
            | Self::NotHeldBy { .. } => WhenFull::Waits,
            // The leg repeats its last reports.
            Self::Played { .. } => WhenFull::Missed,
            // One report for many lost messages.
            Self::FactsMissed => WhenFull::Waits,
            // If it is dropped, the connection is closed, and its peer tries again.
            Self::AudioArrived(_) | Self::ControlArrived(_) => WhenFull::Lost,
            // The requester learns that there is no answer, and can ask again.
            Self::Command { .. } | Self::NextAsked { .. } | Self::DocumentAsked { .. } => WhenFull::Lost,
        }
    }
}

/// Whether this is a fact of a kind that comes as often as a switch, a provider or a phone sends it.
pub(crate) fn may_be_missed(fact: &Fact) -> bool {
    of_fact(fact) == WhenFull::Missed
}

fn of_fact(fact: &Fact) -> WhenFull {
    match fact {
        // No person presses that many keys, and keys above a limit per second are ignored anyway.
        Fact::Dtmf { .. } => WhenFull::Lost,
        // Something ends, or it is the outcome of a request of the call, or a message of the call to itself.
        Fact::CallStarted { .. }
        | Fact::AttemptRecorded
        | Fact::DialAccepted { .. }
        | Fact::DialAnswered
        | Fact::DialFailed { .. }
        | Fact::AnsweredBy { .. }
        | Fact::VoicemailTone
        | Fact::LegArrived { .. }
        | Fact::LegJoined { .. }
        | Fact::LegLeft { .. }
        | Fact::LegMisconfigured { .. }
        | Fact::ControlLost { .. }
        | Fact::ChannelGone
        | Fact::ActionDone { .. }
        | Fact::PlaceChecked { .. }
        | Fact::ExtensionChecked { .. }
        | Fact::ProfileCached { .. }
        | Fact::HandoffAccepted { .. }
        | Fact::HandoffFailed { .. }
        | Fact::OfferPassed { .. }
        | Fact::QueueEntered { .. }
        | Fact::DeskAccepted { .. }
        | Fact::DeskFailed { .. }
        | Fact::PhoneOfferGone { .. }
        | Fact::PhoneTold { .. }
        | Fact::PhoneLegArrived { .. }
        | Fact::AssistantReady { .. }
        | Fact::AssistantFailed { .. }
        | Fact::ToolDone { .. }
        | Fact::RecordingStarted { .. }
        | Fact::RecordingFailed { .. }
        | Fact::RecordingLost { .. }
        | Fact::RecordingFinished { .. }
        | Fact::LineMeasured { .. }
        | Fact::Hangup { .. }
        | Fact::ServerDraining
        | Fact::DrainExpired
        | Fact::ServerStopping
        | Fact::ServerRestarted { .. }
        | Fact::VoicemailLeft { .. }
        | Fact::ConversationReported { .. }
        | Fact::DeadlinePassed
        | Fact::Reborn { .. }
        | Fact::FactsMissed { .. }
        | Fact::StepPanicked { .. }
        | Fact::EffectFailed { .. } => WhenFull::Waits,
        // As often as a switch, a provider or a phone sends them; if one is missing, the call's state is wrong.
        Fact::DialProgress { .. }
        | Fact::Announced { .. }
        | Fact::OutsideIdAdded { .. }
        | Fact::ControlAttached { .. }
        | Fact::ChannelAnswered
        | Fact::Bridged { .. }
        | Fact::Unbridged
        | Fact::Held
        | Fact::Unheld
        | Fact::HandoffRinging { .. }
        | Fact::DeskRinging { .. }
        | Fact::PhoneOffered { .. }
        | Fact::QueuePlaced { .. }
        | Fact::AgentAsked { .. }
        | Fact::SupervisorAsked { .. }
        | Fact::HoldAsked
        | Fact::UnholdAsked
        | Fact::TransferAsked { .. }
        | Fact::ParkAsked
        | Fact::Parked { .. }
        | Fact::VariablesAsked { .. }
        | Fact::HandoffAsked { .. }
        | Fact::SpeechStarted
        | Fact::SpeechStopped { .. }
        | Fact::Transcript { .. }
        | Fact::AssistantInterrupted { .. }
        | Fact::AssistantRestored { .. }
        | Fact::Usage { .. }
        | Fact::Typed { .. }
        | Fact::PersonAsked { .. }
        | Fact::SayAsked { .. }
        | Fact::DtmfAsked { .. }
        | Fact::ItemStarted { .. }
        | Fact::ItemComplete { .. }
        | Fact::PlayedUntil { .. }
        | Fact::ToolCall { .. }
        | Fact::NextAsked { .. }
        | Fact::DocumentAsked { .. } => WhenFull::Missed,
    }
}

impl Bounded for ToLeg {
    fn when_full(&self) -> WhenFull {
        match self {
            // A few for each leg, and one for each of its chunks.
            Self::Record(_)
            | Self::Release
            | Self::Resync
            | Self::Cleared(_)
            | Self::Playback(_)
            | Self::Show(Shown::Stand(_)) => WhenFull::Waits,
            // The call learns that they were not played.
            Self::SendDtmf(_) => WhenFull::Lost,
            // A page shows one line less.
            Self::Show(Shown::Line(_)) => WhenFull::Lost,
        }
    }
}

impl Bounded for ToControl {
    fn when_full(&self) -> WhenFull {
        match self {
            Self::TakeSound | Self::Resync | Self::Release | Self::Replaced => WhenFull::Waits,
            // Reported as `action_done` with a failure.
            Self::Act { .. } => WhenFull::Lost,
        }
    }
}

impl Bounded for ToSwitch {
    fn when_full(&self) -> WhenFull {
        match self {
            // A switch's knowledge about a call begins and ends with these; a few for each call.
            Self::Watch { .. }
            | Self::ChannelIs { .. }
            | Self::Listen { .. }
            | Self::TakeSound { .. }
            | Self::Unwatch { .. }
            | Self::StopRinging { .. }
            | Self::WithPerson { .. }
            | Self::AwaitDialled(_)
            | Self::EndCall { .. }
            | Self::StopDialling { .. } => WhenFull::Waits,
            // The requester learns at once that it is not done.
            Self::Act { .. }
            | Self::CheckExtension { .. }
            | Self::CheckPlace { .. }
            | Self::Ring { .. }
            | Self::Dial(_)
            | Self::Ask(_)
            | Self::AskExtension { .. } => WhenFull::Lost,
        }
    }
}

impl Bounded for ToTwilio {
    fn when_full(&self) -> WhenFull {
        match self {
            // One for each change of the account.
            Self::Reconfigure(_) => WhenFull::Waits,
            // The sender gets the answer; Twilio repeats a webhook that was not accepted.
            Self::CallReported { .. }
            | Self::PersonReported { .. }
            | Self::RoomReported { .. }
            | Self::Ask { .. } => WhenFull::Lost,
        }
    }
}
