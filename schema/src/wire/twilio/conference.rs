//! What a conference's callbacks say.

use super::{BadForm, CallSid, ConferenceSid, Form};

/// A conference's callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConferenceEvent {
    /// Which.
    pub conference: ConferenceSid,
    /// The room's name, as we gave it.
    pub room: String,
    /// What happened.
    pub kind: ConferenceEventKind,
    /// Of whom it is told.
    pub call: Option<CallSid>,
    /// What we called them.
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

/// What happened in a conference.
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
    /// Reads the form.
    ///
    /// # Errors
    /// It names no conference, or says nothing.
    pub fn read(form: &Form) -> Result<Self, BadForm> {
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
        let call = form.read("CallSid")?.or(form.read("CallSidEndingConference")?);
        Ok(Self {
            conference: form.must("ConferenceSid")?,
            room: form.get("FriendlyName")?.unwrap_or_default().to_owned(),
            kind,
            call,
            label: form.get("ParticipantLabel")?.map(str::to_owned),
            sequence: form.read("SequenceNumber")?,
            muted: form.says("Muted")?,
            hold: form.says("Hold")?,
            coaching: form.says("Coaching")?,
            reason: reason.map(str::to_owned),
        })
    }
}
