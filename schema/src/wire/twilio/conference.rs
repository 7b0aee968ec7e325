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
    /// The call that it is about.
    pub call: Option<CallSid>,
    /// The label that we gave them.
    pub label: Option<String>,
    /// Its place among the conference's callbacks.
    pub sequence: Option<u64>,
    /// They hear and are not heard.
    pub muted: bool,
    /// They hear the music.
    pub hold: bool,
    /// Only one other hears them.
    pub coaching: bool,
    /// Why it ended, or why they left, in Twilio's words.
    pub reason: Option<String>,
}

/// Event of a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConferenceEventKind {
    /// It began: two are there.
    Started,
    /// It is over.
    Ended,
    /// Somebody came.
    Joined,
    /// Somebody went.
    Left,
    /// Somebody is not heard any more, or is again.
    Muted,
    /// Somebody hears the music, or does not any more.
    Held,
    /// Anything else, by its name.
    Other(String),
}

impl ConferenceEvent {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no conference, or says nothing.
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
