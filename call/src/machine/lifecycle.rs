//! What a call is doing, as a region of its own: nobody else writes the phase. A step has a name, and a call that has ended takes none.
//! The file of each phase has what leads to it and what follows.

use cordboard_schema::call::CallState;
use cordboard_schema::time::UnixMs;

use super::agent_calls::InHouse;
use super::closing::Leaving;
use super::deadlines::Deadline;
use super::dialling::Dialling;
use super::documents::ByDocument;
use super::legs::LostBy;
use super::message::MessageTaking;
use super::people::Person;
use super::transfers::SentOn;
use super::voicemail::Voicemail;

/// What a call is doing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    /// We call somebody, who has not answered.
    Dialling(Dialling),
    /// One half of a pair is missing: audio, or the announcement that `unannounced = "refuse"` wants.
    Waiting { until: UnixMs },
    /// Caller and assistant talk.
    Conversing,
    /// The caller waits, and the assistant hears nothing of them: by whom, and since when, `hold.rs` knows.
    OnHold,
    /// A person talks with the caller, or is about to.
    WithPerson(Person),
    /// Agents at their desks talk with the caller, by cords.
    WithAgents { until: UnixMs },
    /// Two agents talk, or one of them calls the other.
    InHouse(InHouse),
    /// Their switch sends the caller on, or has, and nobody has them yet.
    SentOn(SentOn),
    /// Their switch serves the caller by documents that we answer.
    ByDocument(ByDocument),
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

/// Where a call stands between its beginning and its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lifecycle {
    phase: Phase,
}

impl Lifecycle {
    /// A call that begins, and waits for its other half until then.
    pub(super) fn new(until: UnixMs) -> Self {
        Self { phase: Phase::Waiting { until } }
    }

    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    pub(super) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Caller and assistant talk, and nothing else is going on.
    pub(super) fn converses(&self) -> bool {
        self.phase == Phase::Conversing
    }

    /// For those who look at the call from outside.
    pub(super) fn state(&self, is_answered: bool) -> CallState {
        match self.phase {
            Phase::Dialling(_) => CallState::Dialling,
            Phase::Waiting { .. } => CallState::Waiting,
            Phase::ByDocument(_) if !is_answered => CallState::Waiting,
            Phase::Conversing
            | Phase::ByDocument(_)
            | Phase::OnHold
            | Phase::WithPerson(_)
            | Phase::WithAgents { .. }
            | Phase::SentOn(_)
            | Phase::TakingMessage(_)
            | Phase::Voicemail(_)
            | Phase::Leaving(_) => CallState::Live,
            Phase::InHouse(in_house) => in_house.state(),
            Phase::Interrupted { .. } => CallState::Interrupted,
            Phase::Ended => CallState::Ended,
        }
    }

    /// When the phase is over by itself.
    pub(super) fn deadline(&self) -> Option<(UnixMs, Deadline)> {
        match &self.phase {
            Phase::Dialling(dialling) => Some((dialling.until, Deadline::Dialling)),
            Phase::Voicemail(voicemail) => Some((voicemail.until, Deadline::Voicemail)),
            Phase::Waiting { until } => Some((*until, Deadline::Meeting)),
            Phase::Interrupted { until, otherwise, .. } => Some((*until, Deadline::Return(*otherwise))),
            Phase::Leaving(leaving) => Some((leaving.give_up_at, Deadline::LastWords)),
            Phase::TakingMessage(message) => message.deadline.map(|at| (at, Deadline::Message)),
            Phase::WithPerson(person) => Some((person.deadline(), Deadline::Person)),
            Phase::SentOn(sent_on) => Some((sent_on.until, Deadline::SentOn)),
            Phase::WithAgents { until } => Some((*until, Deadline::Together)),
            Phase::InHouse(in_house) => Some((in_house.until, Deadline::InHouse)),
            Phase::ByDocument(document) => Some((document.until, Deadline::Document)),
            Phase::Conversing | Phase::OnHold | Phase::Ended => None,
        }
    }

    // Steps. Each is named for what the call does from then on.

    pub(super) fn dial(&mut self, dialling: Dialling) {
        self.step(Phase::Dialling(dialling));
    }

    /// For its other half, until then.
    pub(super) fn wait(&mut self, until: UnixMs) {
        self.step(Phase::Waiting { until });
    }

    pub(super) fn converse(&mut self) {
        self.step(Phase::Conversing);
    }

    pub(super) fn hold(&mut self) {
        self.step(Phase::OnHold);
    }

    pub(super) fn hand_to_person(&mut self, person: Person) {
        self.step(Phase::WithPerson(person));
    }

    /// Until then at most.
    pub(super) fn hand_to_agents(&mut self, until: UnixMs) {
        self.step(Phase::WithAgents { until });
    }

    pub(super) fn stay_in_house(&mut self, in_house: InHouse) {
        self.step(Phase::InHouse(in_house));
    }

    pub(super) fn send_on(&mut self, sent_on: SentOn) {
        self.step(Phase::SentOn(sent_on));
    }

    pub(super) fn serve_by_document(&mut self, document: ByDocument) {
        self.step(Phase::ByDocument(document));
    }

    pub(super) fn take_message(&mut self, message: MessageTaking) {
        self.step(Phase::TakingMessage(message));
    }

    pub(super) fn meet_mailbox(&mut self, voicemail: Voicemail) {
        self.step(Phase::Voicemail(voicemail));
    }

    pub(super) fn take_leave(&mut self, leaving: Leaving) {
        self.step(Phase::Leaving(leaving));
    }

    /// The caller is gone and waited for until then. One who was waited for already has been away since before.
    pub(super) fn interrupt(&mut self, now: UnixMs, until: UnixMs, otherwise: LostBy) {
        let since = if let Phase::Interrupted { since, .. } = self.phase { since } else { now };
        self.step(Phase::Interrupted { since, until, otherwise });
    }

    pub(super) fn end(&mut self) {
        self.step(Phase::Ended);
    }

    fn step(&mut self, phase: Phase) {
        if !self.has_ended() {
            self.phase = phase;
        }
    }

    // What a phase has of its own, for the file of that phase.

    pub(super) fn dialling_mut(&mut self) -> Option<&mut Dialling> {
        if let Phase::Dialling(dialling) = &mut self.phase { Some(dialling) } else { None }
    }

    pub(super) fn person_mut(&mut self) -> Option<&mut Person> {
        if let Phase::WithPerson(person) = &mut self.phase { Some(person) } else { None }
    }

    pub(super) fn sent_on_mut(&mut self) -> Option<&mut SentOn> {
        if let Phase::SentOn(sent_on) = &mut self.phase { Some(sent_on) } else { None }
    }

    pub(super) fn document_mut(&mut self) -> Option<&mut ByDocument> {
        if let Phase::ByDocument(document) = &mut self.phase { Some(document) } else { None }
    }

    pub(super) fn message_mut(&mut self) -> Option<&mut MessageTaking> {
        if let Phase::TakingMessage(message) = &mut self.phase { Some(message) } else { None }
    }

    pub(super) fn voicemail_mut(&mut self) -> Option<&mut Voicemail> {
        if let Phase::Voicemail(voicemail) = &mut self.phase { Some(voicemail) } else { None }
    }

    pub(super) fn leaving_mut(&mut self) -> Option<&mut Leaving> {
        if let Phase::Leaving(leaving) = &mut self.phase { Some(leaving) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_has_ended_takes_no_step() {
        let mut lifecycle = Lifecycle::new(UnixMs(5));
        lifecycle.converse();
        lifecycle.end();
        lifecycle.converse();
        lifecycle.interrupt(UnixMs(1), UnixMs(2), LostBy::Connection);
        assert!(lifecycle.has_ended() && lifecycle.deadline().is_none());
    }

    #[test]
    fn a_second_loss_does_not_forget_the_first() {
        let mut lifecycle = Lifecycle::new(UnixMs(5));
        lifecycle.interrupt(UnixMs(1), UnixMs(9), LostBy::Connection);
        lifecycle.interrupt(UnixMs(4), UnixMs(12), LostBy::Restart);
        let kept = Phase::Interrupted { since: UnixMs(1), until: UnixMs(12), otherwise: LostBy::Restart };
        assert_eq!(*lifecycle.phase(), kept);
    }
}
