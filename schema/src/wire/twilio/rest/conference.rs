//! Conferences: adding participants, changing them, and the end.

use super::call::STATUS_EVENTS;
use super::{Method, RestForm, RestRequest};
use crate::limits::TWILIO_ANSWER_BYTES_MAX;
use crate::wire::twilio::{CallSid, ConferenceSid};

/// Dials somebody into a room, which is made if there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddParticipant {
    /// The called party: a number, or a `sip:` address.
    pub to: String,
    /// The number that is shown.
    pub from: String,
    /// The label that we give them; unique in the room.
    pub label: String,
    /// The room waits for them to begin.
    pub start_on_enter: bool,
    /// The room ends when they leave.
    pub end_on_exit: bool,
    /// Seconds that it rings.
    pub timeout_s: Option<u32>,
    /// Only this one hears them.
    pub coaches: Option<CallSid>,
    /// They are not heard.
    pub muted: bool,
    /// URL that gets every change of their call's status.
    pub status_callback: Option<String>,
    /// URL that gets the room's events; only the first participant's counts.
    pub conference_callback: Option<String>,
}

impl AddParticipant {
    /// The request. A room that runs is found by its name, which is unique for each call.
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

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    // A form's encoding leaves only letters, digits and `*-._`, and makes a plus of a space.
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
    /// They are not heard.
    pub muted: Option<bool>,
    /// They hear the music.
    pub hold: Option<bool>,
    /// URL of TwiML that they hear alone.
    pub announce_url: Option<String>,
    /// The room ends when they leave.
    pub end_on_exit: Option<bool>,
    /// Only one other hears them.
    pub coaching: Option<bool>,
}

impl UpdateParticipant {
    /// The request.
    pub fn request(&self, conference: &ConferenceSid, who: &ParticipantName) -> RestRequest {
        let form = RestForm::default()
            .flag("Muted", self.muted)
            .flag("Hold", self.hold)
            .maybe("AnnounceUrl", self.announce_url.as_ref())
            .flag("EndConferenceOnExit", self.end_on_exit)
            .flag("Coaching", self.coaching);
        RestRequest::change(path(conference, who), form)
    }

    /// The request that takes a participant out.
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

fn path(conference: &ConferenceSid, who: &ParticipantName) -> String {
    let who = match who {
        ParticipantName::Call(call) => call.to_string(),
        ParticipantName::Label(label) => segment(label),
    };
    format!("/Conferences/{conference}/Participants/{who}.json")
}
