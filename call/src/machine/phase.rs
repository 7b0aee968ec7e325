//! What a call is doing. The file of each phase has what leads to it and what follows.

use cordboard_schema::time::UnixMs;

use super::agent_calls::InHouse;
use super::closing::Leaving;
use super::dialling::Dialling;
use super::documents::ByDocument;
use super::hold::Hold;
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
    /// The caller waits, and the assistant hears nothing of them.
    OnHold(Hold),
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
