//! The call's phase, as a region of its own: it changes by a step, and in no other way. The file of each phase has the steps to it
//! and from it.

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

/// Phase of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    /// We call somebody, who has not answered.
    Dialling(Dialling),
    /// One half of a pair is missing: audio, or the announcement that `unannounced = "refuse"` wants.
    Waiting { until: UnixMs },
    /// A person has answered whom agents are to have, and none has yet.
    LiveAnswer(LiveAnswer),
    /// Caller and assistant talk.
    Conversing,
    /// The caller waits, and the assistant hears nothing of them: by whom, and since when, `holding.rs` knows.
    OnHold,
    /// A person talks with the caller, or is about to.
    WithPerson(PersonWatch),
    /// Agents at their desks talk with the caller, by cords.
    WithAgents { until: UnixMs },
    /// Two agents talk, or one of them calls the other.
    AgentToAgentCall(AgentToAgentCall),
    /// Their switch sends the caller on, or has, and nobody has them yet.
    SentOn(SentOn),
    /// Their switch serves the caller by documents that we answer.
    ScriptedLine(ScriptedLine),
    /// The caller leaves a message.
    TakingMessage(MessageTaking),
    /// A mailbox has answered, and gets a message.
    Voicemail(Voicemail),
    /// Last words are being said; then the leg ends.
    Leaving(Leaving),
    /// The caller's leg was lost and may come back.
    Interrupted { since: UnixMs, until: UnixMs, otherwise: LostBy },
    /// Over.
    Ended,
}

/// The call's next phase. A phase whose own state changes is entered once more, with the new one.
#[derive(Debug)]
pub(super) enum Step {
    Dial(Dialling),
    /// For its other half, until then.
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
    /// The caller is gone, and waited for until then.
    Interrupt {
        until: UnixMs,
        otherwise: LostBy,
    },
    End,
}

/// Position of a call between its beginning and its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lifecycle {
    phase: Phase,
    /// Since when a person has the caller, or is about to.
    with_people_since: Option<UnixMs>,
    /// Duration of all such times that are over, in ms.
    with_people_ms: u64,
}

impl Lifecycle {
    /// A call that begins, and waits for its other half until then.
    pub(super) fn new(until: UnixMs) -> Self {
        Self { phase: Phase::Waiting { until }, with_people_since: None, with_people_ms: 0 }
    }

    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(super) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// The caller is left to their switch, for a person whom it joins with them.
    pub(super) fn is_for_person(&self) -> bool {
        let waits_in_room = |line: &ScriptedLine| matches!(line.doing, ScriptedStep::RoomWait(_));
        match &self.phase {
            Phase::WithPerson(_) => true,
            Phase::ScriptedLine(line) => waits_in_room(line),
            _ => false,
        }
    }

    /// People have the caller, or are about to, and no assistant talks with them.
    fn is_with_people(&self) -> bool {
        let is_dialled = |line: &ScriptedLine| matches!(line.doing, ScriptedStep::Dialling { .. });
        match &self.phase {
            Phase::WithAgents { .. } | Phase::AgentToAgentCall(_) | Phase::SentOn(_) => true,
            Phase::ScriptedLine(line) if is_dialled(line) => true,
            _ => self.is_for_person(),
        }
    }

    /// The time that people have had the caller, until they gave them back, in ms.
    pub(super) fn with_people_ms(&self) -> u64 {
        self.with_people_ms
    }

    /// Caller and assistant talk, and nothing else is going on.
    pub(super) fn converses(&self) -> bool {
        self.phase == Phase::Conversing
    }

    /// Caller and assistant talk, be it for a message.
    pub(super) fn talks(&self) -> bool {
        matches!(self.phase, Phase::Conversing | Phase::TakingMessage(_))
    }

    /// For those who look at the call from outside.
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

    /// When the phase is over by itself.
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

    /// Takes a step. Total: a call that has ended takes none.
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
            // A caller who was waited for already has been away since before.
            Step::Interrupt { until, otherwise } => {
                let since = if let Phase::Interrupted { since, .. } = self.phase { since } else { now };
                Phase::Interrupted { since, until, otherwise }
            }
            Step::End => Phase::Ended,
        };
        match self.with_people_since {
            None if self.is_with_people() => self.with_people_since = Some(now),
            Some(since) if !self.is_with_people() => {
                self.with_people_since = None;
                // In whole seconds, as the longest call is set: people who are there for an instant, as behind a refused transfer, change nothing.
                self.with_people_ms += now.ms_since(since) / 1_000 * 1_000;
            }
            _ => {}
        }
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
