//! Promises about every call that we make: it is dialled at most once, and only after the attempt is on record; nobody speaks to the called
//! party before they have answered; and nothing is left ringing.

use std::collections::BTreeSet;

use cordboard_call::ChannelAction;
use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{LegId, UserId};
use cordboard_schema::switch::{AnswerState, SwitchKind};

/// A call that we make, as the switch and its journal know it.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutboundPromises {
    is_ours: bool,
    /// Whether its switch has audio only of a party that has answered.
    is_heard_when_answered: bool,
    is_on_record: bool,
    /// Whether a process that died may have dialled it.
    is_doubtful: bool,
    is_dialled: bool,
    is_answered: bool,
    /// The switch has reported that nobody was reached or that the channel is gone, or was ordered to end it.
    is_settled: bool,
    is_stopped: bool,
    failures: usize,
    listener: Option<LegId>,
    ring_back: Option<LegId>,
    is_internal: bool,
    of_agents: BTreeSet<LegId>,
    /// The audio of the agent who has begun it. Nobody is dialled before it has joined.
    beginner: Beginner,
}

/// The agent who has begun the call, because nobody is dialled without them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Beginner {
    #[default]
    None,
    Awaited(UserId),
    Arriving(UserId, LegId),
    Heard,
}

impl OutboundPromises {
    /// Takes what the fact reports about the party that we call.
    pub(crate) fn take_in(&mut self, fact: &Fact) {
        match fact {
            Fact::CallStarted { dialled: None, begun: Some(_), .. } => self.is_internal = true,
            Fact::CallStarted { dialled: Some(dialled), begun, .. } => {
                if let Some(begun) = begun {
                    self.beginner = Beginner::Awaited(begun.by);
                }
                (self.is_ours, self.is_heard_when_answered) = (true, dialled.kind != SwitchKind::Freeswitch);
            }
            Fact::AttemptRecorded => self.is_on_record = true,
            Fact::DialAnswered | Fact::ChannelAnswered | Fact::Bridged { .. } => self.is_answered = true,
            Fact::ControlAttached { channel, .. } => {
                let is_joined = channel.bridged_with.is_some();
                self.is_answered |= is_joined || channel.answer_state == AnswerState::Answered;
            }
            Fact::LegArrived { leg, agent: Some(user), .. } if matches!(self.beginner, Beginner::Awaited(by) | Beginner::Arriving(by, _) if by == *user) =>
            {
                self.beginner = Beginner::Arriving(*user, *leg);
            }
            Fact::LegJoined { leg, .. } if matches!(self.beginner, Beginner::Arriving(_, arriving) if arriving == *leg) =>
            {
                self.beginner = Beginner::Heard;
            }
            // An agent's audio says nothing about the party that they call.
            Fact::LegArrived { leg, agent: Some(_), .. } => drop(self.of_agents.insert(*leg)),
            Fact::LegJoined { leg, .. } if self.of_agents.contains(leg) => {}
            Fact::LegJoined { .. } => self.is_answered |= self.is_doubtful || self.is_heard_when_answered,
            Fact::DialFailed { .. } | Fact::Hangup { .. } | Fact::ChannelGone => self.is_settled = true,
            Fact::ServerRestarted { .. } => {
                self.is_doubtful = true;
                self.listener = None;
            }
            _ => {}
        }
    }

    pub(crate) fn check(&mut self, effect: &Effect, has_ended: bool) {
        let is_unanswered = self.is_ours && !self.is_answered;
        match effect {
            Effect::Dial(_) => {
                assert!(self.is_ours && self.is_on_record && !has_ended, "dialled without a record");
                let is_heard = matches!(self.beginner, Beginner::None | Beginner::Heard);
                assert!(is_heard, "dialled for an agent who is not connected");
                assert!(!std::mem::replace(&mut self.is_dialled, true), "dialled twice");
            }
            Effect::StopDialling(_) => {
                assert!(self.is_dialled || self.is_doubtful, "stops a call that was never dialled");
                assert!(!std::mem::replace(&mut self.is_stopped, true), "stopped twice");
            }
            Effect::Channel { action: ChannelAction::HangUp(_), .. } | Effect::EndBySwitch => {
                self.is_settled = true;
            }
            Effect::RecordAttempt => assert!(!has_ended && !self.is_dialled, "an attempt is recorded again"),
            Effect::StartRingBack { leg, .. } => self.ring_back = Some(*leg),
            // The agent who has begun the call hears the ring-back tone.
            Effect::Plug(cord) => {
                assert!(!is_unanswered || self.ring_back == Some(cord.from), "cord {cord} before the answer");
            }
            Effect::StartRecording(_) => assert!(!is_unanswered, "recorded before the answer"),
            Effect::StartDetection(leg) | Effect::StartToneWatch(leg) => {
                assert_eq!(self.listener.replace(*leg), None, "two legs listen")
            }
            Effect::StopToneWatch(leg) => {
                assert!(self.listener.take().is_none_or(|known| known == *leg), "another leg listens");
            }
            Effect::Note(Decision::OutboundFailed { .. }) => {
                assert!(
                    (self.is_ours || self.is_internal) && !has_ended,
                    "a failure of a call that is over or not ours"
                );
                self.failures += 1;
                assert_eq!(self.failures, 1, "failed twice");
            }
            _ => {}
        }
    }

    /// Returns how many legs listen for the tone: a third cord leads to one.
    pub(crate) fn listeners(&self) -> usize {
        usize::from(self.listener.is_some())
    }

    pub(crate) fn check_state(&self, after: &Machine) {
        if !after.has_ended() {
            return;
        }
        assert_eq!(self.listener, None, "a leg listens to a call that is over");
        if self.is_ours && !self.is_answered {
            assert_eq!(self.failures, 1, "nobody has answered, and no reason is reported");
            let is_ended = self.is_settled || self.is_stopped;
            assert!(!self.is_dialled || is_ended, "a phone rings for a call that is over");
        }
    }
}
