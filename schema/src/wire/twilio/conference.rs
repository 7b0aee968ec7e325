//! Callbacks of a conference.

use super::{BadForm, CallSid, ConferenceSid, FormFields};

/// A conference's callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConferenceEvent {
    /// The conference.
    pub conference: ConferenceSid,
    /// The room's name, as we gave it.
    pub room: String,
    /// The event.
    pub kind: ConferenceEventKind,
    /// The call that the event is about.
    pub call: Option<CallSid>,
    /// The label that we gave the participant.
    pub label: Option<String>,
    /// Its number among the conference's callbacks.
    pub sequence: Option<u64>,
    /// Whether the participant is muted.
    pub muted: bool,
    /// Whether the participant hears music on hold.
    pub hold: bool,
    /// Whether only one other participant hears them.
    pub coaching: bool,
    /// Why the conference ended, or why the participant left, in Twilio's words.
    pub reason: Option<String>,
}

/// Event of a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConferenceEventKind {
    /// The conference began: two participants are there.
    Started,
    /// The conference is over.
    Ended,
    /// A participant joined.
    Joined,
    /// A participant left.
    Left,
    /// A participant was muted or unmuted.
    Muted,
    /// A participant was put on hold or taken off hold.
    Held,
    /// Any other event, by its name.
    Other(String),
}

impl ConferenceEvent {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no conference, or no event.
    pub fn read(told: &FormFields) -> Result<Self, BadForm> {
        let kind = match told.need("StatusCallbackEvent")? {
            "conference-start" => ConferenceEventKind::Started,
            "conference-end" => ConferenceEventKind::Ended,
            "participant-join" => ConferenceEventKind::Joined,
            "participant-leave" => ConferenceEventKind::Left,
            "participant-mute" | "participant-unmute" => ConferenceEventKind::Muted,
            "participant-hold" | "participant-unhold" => ConferenceEventKind::Held,
            other => ConferenceEventKind::Other(other.chars().take(64).collect()),
        };
        let reason = told.get("ReasonParticipantLeft")?.or(told.get("ReasonConferenceEnded")?);
        let call = told.names.call.clone().or_else(|| told.names.ending.clone());
        Ok(Self {
            conference: told.conference()?,
            room: told.get("FriendlyName")?.unwrap_or_default().to_owned(),
            kind,
            call,
            label: told.get("ParticipantLabel")?.map(str::to_owned),
            sequence: told.read_as("SequenceNumber")?,
            muted: told.says("Muted")?,
            hold: told.says("Hold")?,
            coaching: told.says("Coaching")?,
            reason: reason.map(str::to_owned),
        })
    }
}
