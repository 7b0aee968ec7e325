//! The call's phase, a region of its own. It changes only by a step. The file of each phase has the steps to it and from it.

use cordboard_schema::call::CallState;
use cordboard_schema::time::UnixMs;

use super::agent_calls::AgentToAgentCall;
use super::deadlines::Deadline;
use super::dialling::Dialling;
use super::documents::{ScriptedLine, ScriptedStep};
use super::ending::Leaving;
use super::legs::LostBy;
use super::live_answers::LiveAnswer;
use super::message::MessageTaking;
use super::people::PersonWatch;
use super::transfers::SentOn;
use super::voicemail::Voicemail;

/// The phase of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    /// We are calling a party who has not answered yet.
    Dialling(Dialling),
    /// One half is missing: audio, or the announcement if `unannounced = "refuse"` requires it.
    Waiting { until: UnixMs },
    /// A person has answered a call that we make for agents, and no agent has them yet.
    LiveAnswer(LiveAnswer),
    /// Caller and assistant are talking.
    Conversing,
    /// The caller is on hold, and the assistant does not hear them. `holding.rs` knows by whom, and since when.
    OnHold,
    /// A person talks with the caller, or soon will.
    WithPerson(PersonWatch),
    /// Agents at their desks talk with the caller, over cords.
    WithAgents { until: UnixMs },
    /// Two agents talk, or one of them is calling the other.
    AgentToAgentCall(AgentToAgentCall),
    /// The caller's switch is sending them on, or has, and nobody has them yet.
    SentOn(SentOn),
    /// The caller's switch serves them by documents that we answer.
    ScriptedLine(ScriptedLine),
    /// The caller is leaving a message.
    TakingMessage(MessageTaking),
    /// A mailbox has answered, and a message is left in it.
    Voicemail(Voicemail),
    /// Last words are being said. Then the leg ends.
    Leaving(Leaving),
    /// The caller's leg was lost and may come back.
    Interrupted { since: UnixMs, until: UnixMs, otherwise: LostBy },
    /// Over.
    Ended,
}

/// A change of the phase. To change a phase's own state, the phase is entered again with the new state.
#[derive(Debug)]
pub(super) enum Step {
    Dial(Dialling),
    /// Wait for the call's other half, until then.
    Wait {
        until: UnixMs,
    },
    AnswerLive(LiveAnswer),
    Converse,
    Hold,
    LeaveToPerson(PersonWatch),
    /// Until then at most.
    LeaveToAgents {
        until: UnixMs,
    },
    BetweenAgents(AgentToAgentCall),
    SendOn(SentOn),
    ServeByDocument(ScriptedLine),
    TakeMessage(MessageTaking),
    MeetMailbox(Voicemail),
    TakeLeave(Leaving),
    /// The caller is gone, and awaited until then.
    Interrupt {
        until: UnixMs,
        otherwise: LostBy,
    },
    End,
}

/// The progress of a call between its beginning and its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lifecycle {
    phase: Phase,
}

impl Lifecycle {
    /// Returns the state of a call that begins, and waits for its other half until then.
    pub(super) fn new(until: UnixMs) -> Self {
        Self { phase: Phase::Waiting { until } }
    }

    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(super) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whether the caller is left to their switch, which joins a person with them.
    pub(super) fn is_for_person(&self) -> bool {
        let waits_in_room = |line: &ScriptedLine| matches!(line.doing, ScriptedStep::RoomWait(_));
        match &self.phase {
            Phase::WithPerson(_) => true,
            Phase::ScriptedLine(line) => waits_in_room(line),
            _ => false,
        }
    }

    /// Whether people have the caller, or soon will, and no assistant talks with them.
    pub(super) fn is_with_people(&self) -> bool {
        let is_dialled = |line: &ScriptedLine| matches!(line.doing, ScriptedStep::Dialling { .. });
        match &self.phase {
            Phase::WithAgents { .. } | Phase::AgentToAgentCall(_) | Phase::SentOn(_) => true,
            Phase::ScriptedLine(line) if is_dialled(line) => true,
            _ => self.is_for_person(),
        }
    }

    /// Whether caller and assistant talk, and nothing else is going on.
    pub(super) fn converses(&self) -> bool {
        self.phase == Phase::Conversing
    }

    /// Whether caller and assistant talk, including while a message is taken.
    pub(super) fn talks(&self) -> bool {
        matches!(self.phase, Phase::Conversing | Phase::TakingMessage(_))
    }

    /// Returns the state as shown outside the machine.
    pub(super) fn state(&self, is_answered: bool) -> CallState {
        match self.phase {
            Phase::Dialling(_) => CallState::Dialling,
            Phase::Waiting { .. } => CallState::Waiting,
            Phase::ScriptedLine(_) if !is_answered => CallState::Waiting,
            Phase::Conversing
            | Phase::ScriptedLine(_)
            | Phase::OnHold
            | Phase::WithPerson(_)
            | Phase::WithAgents { .. }
            | Phase::SentOn(_)
            | Phase::TakingMessage(_)
            | Phase::Voicemail(_)
            | Phase::LiveAnswer(_)
            | Phase::Leaving(_) => CallState::Live,
            Phase::AgentToAgentCall(between) => between.state(),
            Phase::Interrupted { .. } => CallState::Interrupted,
            Phase::Ended => CallState::Ended,
        }
    }

    /// Returns when the phase ends by itself.
    pub(super) fn deadline(&self) -> Option<(UnixMs, Deadline)> {
        match &self.phase {
            Phase::Dialling(dialling) => Some((dialling.until, Deadline::Dialling)),
            Phase::Voicemail(voicemail) => Some((voicemail.until, Deadline::Voicemail)),
            Phase::LiveAnswer(answer) => answer.deadline().map(|at| (at, Deadline::LiveAnswer)),
            Phase::Waiting { until } => Some((*until, Deadline::Meeting)),
            Phase::Interrupted { until, otherwise, .. } => Some((*until, Deadline::Return(*otherwise))),
            Phase::Leaving(leaving) => Some((leaving.give_up_at, Deadline::LastWords)),
            Phase::TakingMessage(message) => message.deadline.map(|at| (at, Deadline::Message)),
            Phase::WithPerson(person) => Some((person.deadline(), Deadline::Person)),
            Phase::SentOn(sent_on) => Some((sent_on.until, Deadline::SentOn)),
            Phase::WithAgents { until } => Some((*until, Deadline::Together)),
            Phase::AgentToAgentCall(between) => Some((between.until, Deadline::AgentToAgentCall)),
            Phase::ScriptedLine(document) => Some((document.until, Deadline::Document)),
            Phase::Conversing | Phase::OnHold | Phase::Ended => None,
        }
    }

    /// Applies a step. Total: it changes nothing in a call that has ended.
    pub(super) fn apply(&mut self, step: Step, now: UnixMs) {
        if self.has_ended() {
            return;
        }
        self.phase = match step {
            Step::Dial(dialling) => Phase::Dialling(dialling),
            Step::Wait { until } => Phase::Waiting { until },
            Step::AnswerLive(answer) => Phase::LiveAnswer(answer),
            Step::Converse => Phase::Conversing,
            Step::Hold => Phase::OnHold,
            Step::LeaveToPerson(person) => Phase::WithPerson(person),
            Step::LeaveToAgents { until } => Phase::WithAgents { until },
            Step::BetweenAgents(between) => Phase::AgentToAgentCall(between),
            Step::SendOn(sent_on) => Phase::SentOn(sent_on),
            Step::ServeByDocument(document) => Phase::ScriptedLine(document),
            Step::TakeMessage(message) => Phase::TakingMessage(message),
            Step::MeetMailbox(voicemail) => Phase::Voicemail(voicemail),
            Step::TakeLeave(leaving) => Phase::Leaving(leaving),
            // A caller who was already awaited has been away since before.
            Step::Interrupt { until, otherwise } => {
                let since = if let Phase::Interrupted { since, .. } = self.phase { since } else { now };
                Phase::Interrupted { since, until, otherwise }
            }
            Step::End => Phase::Ended,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupt(until: i64, otherwise: LostBy) -> Step {
        Step::Interrupt { until: UnixMs(until), otherwise }
    }

    #[test]
    fn a_call_that_has_ended_takes_no_step() {
        let mut lifecycle = Lifecycle::new(UnixMs(5));
        for step in [Step::Converse, Step::End, Step::Converse, interrupt(2, LostBy::Connection)] {
            lifecycle.apply(step, UnixMs(1));
        }
        assert!(lifecycle.has_ended() && lifecycle.deadline().is_none());
    }

    #[test]
    fn a_second_loss_does_not_forget_the_first() {
        let mut lifecycle = Lifecycle::new(UnixMs(5));
        lifecycle.apply(interrupt(9, LostBy::Connection), UnixMs(1));
        lifecycle.apply(interrupt(12, LostBy::Restart), UnixMs(4));
        let kept = Phase::Interrupted { since: UnixMs(1), until: UnixMs(12), otherwise: LostBy::Restart };
        assert_eq!(*lifecycle.phase(), kept);
    }
}
