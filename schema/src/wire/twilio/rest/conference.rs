//! Conferences: adding participants, changing them, and the end.

use super::call::STATUS_EVENTS;
use super::{Method, RestForm, RestRequest};
use crate::limits::TWILIO_ANSWER_BYTES_MAX;
use crate::wire::twilio::{CallSid, ConferenceSid};

/// Dials a party into a room, which is created if it doesn't exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddParticipant {
    /// The called party: a number, or a `sip:` address.
    pub to: String,
    /// The displayed caller number.
    pub from: String,
    /// The label that we give the participant; unique in the room.
    pub label: String,
    /// Whether the room waits for them to begin.
    pub start_on_enter: bool,
    /// Whether the room ends when they leave.
    pub end_on_exit: bool,
    /// Ring time in seconds.
    pub timeout_s: Option<u32>,
    /// The only participant who hears them.
    pub coaches: Option<CallSid>,
    /// Whether they are muted.
    pub muted: bool,
    /// URL that gets every change of their call's status.
    pub status_callback: Option<String>,
    /// URL that gets the room's events; only that of the first participant counts.
    pub conference_callback: Option<String>,
}

impl AddParticipant {
    /// Returns the request. A running room is found by its name, which is unique for each call.
    pub fn request(&self, room: &str) -> RestRequest {
        let mut form = RestForm::default()
            .with("To", &self.to)
            .with("From", &self.from)
            .with("Label", &self.label)
            .flag("StartConferenceOnEnter", Some(self.start_on_enter))
            .flag("EndConferenceOnExit", Some(self.end_on_exit))
            .flag("EarlyMedia", Some(false))
            .with("Beep", "false")
            .flag("Muted", self.muted.then_some(true))
            .number("Timeout", self.timeout_s);
        if let Some(coached) = &self.coaches {
            form = form.flag("Coaching", Some(true)).with("CallSidToCoach", coached.as_str());
        }
        if let Some(url) = &self.status_callback {
            form = form.with("StatusCallback", url).list("StatusCallbackEvent", &STATUS_EVENTS);
        }
        if let Some(url) = &self.conference_callback {
            let events = ["start", "end", "join", "leave", "mute", "hold"];
            form = form.with("ConferenceStatusCallback", url).list("ConferenceStatusCallbackEvent", &events);
        }
        RestRequest::create(format!("/Conferences/{}/Participants.json", segment(room)), form)
    }
}

/// Returns a text as one segment of a path.
fn segment(text: &str) -> String {
    // A form's encoding leaves only letters, digits and `*-._` unchanged, and turns a space into a plus.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A participant of a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParticipantName {
    /// By their call.
    Call(CallSid),
    /// Label that we gave them.
    Label(String),
}

/// A change of a participant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateParticipant {
    /// Whether they are muted.
    pub muted: Option<bool>,
    /// Whether they hear music on hold.
    pub hold: Option<bool>,
    /// URL of TwiML that they hear alone.
    pub announce_url: Option<String>,
    /// Whether the room ends when they leave.
    pub end_on_exit: Option<bool>,
    /// Whether only one other participant hears them.
    pub coaching: Option<bool>,
}

impl UpdateParticipant {
    /// Returns the request.
    pub fn request(&self, conference: &ConferenceSid, who: &ParticipantName) -> RestRequest {
        let form = RestForm::default()
            .flag("Muted", self.muted)
            .flag("Hold", self.hold)
            .maybe("AnnounceUrl", self.announce_url.as_ref())
            .flag("EndConferenceOnExit", self.end_on_exit)
            .flag("Coaching", self.coaching);
        RestRequest::change(path(conference, who), form)
    }

    /// Returns the request that removes a participant.
    pub fn remove(conference: &ConferenceSid, who: &ParticipantName) -> RestRequest {
        RestRequest {
            method: Method::Delete,
            path: path(conference, who),
            form: RestForm::default(),
            repeatable: true,
            answer_bytes_max: TWILIO_ANSWER_BYTES_MAX,
        }
    }
}

pub(super) fn path(conference: &ConferenceSid, who: &ParticipantName) -> String {
    let who = match who {
        ParticipantName::Call(call) => call.to_string(),
        ParticipantName::Label(label) => segment(label),
    };
    format!("/Conferences/{conference}/Participants/{who}.json")
}
