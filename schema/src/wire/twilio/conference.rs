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
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        let kind = match form.need("StatusCallbackEvent")? {
            "conference-start" => ConferenceEventKind::Started,
            "conference-end" => ConferenceEventKind::Ended,
            "participant-join" => ConferenceEventKind::Joined,
            "participant-leave" => ConferenceEventKind::Left,
            "participant-mute" | "participant-unmute" => ConferenceEventKind::Muted,
            "participant-hold" | "participant-unhold" => ConferenceEventKind::Held,
            other => ConferenceEventKind::Other(other.chars().take(64).collect()),
        };
        let reason = form.get("ReasonParticipantLeft")?.or(form.get("ReasonConferenceEnded")?);
        let call = form.names.call.clone().or_else(|| form.names.ending.clone());
        Ok(Self {
            conference: form.conference()?,
            room: form.get("FriendlyName")?.unwrap_or_default().to_owned(),
            kind,
            call,
            label: form.get("ParticipantLabel")?.map(str::to_owned),
            sequence: form.read_as("SequenceNumber")?,
            muted: form.says("Muted")?,
            hold: form.says("Hold")?,
            coaching: form.says("Coaching")?,
            reason: reason.map(str::to_owned),
        })
    }
}
