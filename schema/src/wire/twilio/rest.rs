//! Twilio's REST API: requests and answers.
//!
//! A request is a path under the account and a form; this file doesn't send or retry it. Source: twilio.com/docs/usage/api, and
//! the API's OpenAPI document (github.com/twilio/twilio-oai, `twilio_api_v2010`).

mod answer;
mod call;
mod conference;
mod error;
mod form;
mod message;
mod recording;

pub use answer::{
    BadAnswer, CallAnswer, ConferenceAnswer, ConferenceList, ConferenceStatus, ListedMessage, MessageAnswer,
    MessageList, NumberAnswer, NumberList, ParticipantAnswer, RecordingAnswer, RecordingList, read_answer,
    read_answer_within,
};
pub use call::{CallEnd, CallInstructions, CreateCall, MachineDetection, UpdateCall};
pub use conference::{AddParticipant, ParticipantName, UpdateParticipant};
pub use error::{RestError, RestErrorKind};
pub use form::RestForm;
pub use message::{BadMessageLength, BadNextPage, MessageSender, NextMessages, SendMessage};
pub use recording::{RecordingChange, StartRecording};

use super::{AccountSid, CallSid, ConferenceSid, MessageSid, RecordingSid};
use crate::limits::{
    TWILIO_ANSWER_BYTES_MAX, TWILIO_LIST_BYTES_MAX, TWILIO_LIST_MESSAGES, TWILIO_RECORDING_BYTES_MAX,
};
use crate::phone::E164;
use crate::time::UnixMs;

/// Method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or changes.
    Post,
    /// Removes.
    Delete,
}

/// A request to the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestRequest {
    /// The method.
    pub method: Method,
    /// The path under `/2010-04-01/Accounts/{AccountSid}`, with the query of a `GET`.
    pub path: String,
    /// The body of a `POST`.
    pub form: RestForm,
    /// Whether repeating the request has no further effect. A request that creates something is retried only if the API said that
    /// it did nothing.
    pub repeatable: bool,
    /// Maximum bytes of its answer; a longer one is a failure.
    pub answer_bytes_max: usize,
}

impl RestRequest {
    fn get(path: String) -> Self {
        Self {
            method: Method::Get,
            path,
            form: RestForm::default(),
            repeatable: true,
            answer_bytes_max: TWILIO_ANSWER_BYTES_MAX,
        }
    }

    fn create(path: String, form: RestForm) -> Self {
        Self {
            method: Method::Post,
            path,
            form,
            repeatable: false,
            answer_bytes_max: TWILIO_ANSWER_BYTES_MAX,
        }
    }

    fn change(path: String, form: RestForm) -> Self {
        Self { method: Method::Post, path, form, repeatable: true, answer_bytes_max: TWILIO_ANSWER_BYTES_MAX }
    }

    /// Returns the complete path of the URL, including its leading slash.
    pub fn full_path(&self, account: &AccountSid) -> String {
        format!("/2010-04-01/Accounts/{account}{}", self.path)
    }

    /// Fetches the status of a call.
    pub fn fetch_call(call: &CallSid) -> Self {
        Self::get(format!("/Calls/{call}.json"))
    }

    /// Finds the running conferences of this room.
    pub fn find_conference(room: &str) -> Self {
        let query = RestForm::default().with("FriendlyName", room).with("Status", "in-progress");
        Self::get(format!("/Conferences.json?{}", query.encode()))
    }

    /// Fetches a participant of a running conference.
    pub fn fetch_participant(conference: &ConferenceSid, who: &ParticipantName) -> Self {
        Self::get(conference::path(conference, who))
    }

    /// Finds this number among the account's numbers.
    pub fn find_number(number: &E164) -> Self {
        let query = RestForm::default().with("PhoneNumber", number.as_str());
        Self::get(format!("/IncomingPhoneNumbers.json?{}", query.encode()))
    }

    /// Ends a conference for all participants.
    pub fn end_conference(conference: &ConferenceSid) -> Self {
        Self::change(
            format!("/Conferences/{conference}.json"),
            RestForm::default().with("Status", "completed"),
        )
    }

    /// Fetches the status of a message.
    pub fn fetch_message(message: &MessageSid) -> Self {
        Self::get(format!("/Messages/{message}.json"))
    }

    /// Lists the messages that were sent from or to the account on the day of `since` (UTC) or later, newest first: the API's filter
    /// knows days.
    pub fn list_messages(since: UnixMs) -> Self {
        let query = RestForm::default()
            .with("DateSent>", since.to_utc().format("%Y-%m-%d").to_string())
            .number("PageSize", Some(TWILIO_LIST_MESSAGES));
        Self::page_of_messages(&query.encode())
    }

    /// Continues such a list.
    pub fn more_messages(next: &NextMessages) -> Self {
        Self::page_of_messages(next.query())
    }

    fn page_of_messages(query: &str) -> Self {
        Self {
            answer_bytes_max: TWILIO_LIST_BYTES_MAX,
            ..Self::get(format!("{}{query}", NextMessages::PATH))
        }
    }

    /// Fetches the status of a recording.
    pub fn fetch_recording(recording: &RecordingSid) -> Self {
        Self::get(format!("/Recordings/{recording}.json"))
    }

    /// Finds the recordings of a call.
    pub fn find_recordings(call: &CallSid) -> Self {
        Self::get(format!("/Calls/{call}/Recordings.json"))
    }

    /// Fetches the sound of a recording, as WAV.
    pub fn fetch_sound(recording: &RecordingSid) -> Self {
        let path = format!("/Recordings/{recording}.wav");
        Self { answer_bytes_max: TWILIO_RECORDING_BYTES_MAX, ..Self::get(path) }
    }

    /// Deletes a recording at Twilio.
    pub fn delete_recording(recording: &RecordingSid) -> Self {
        Self {
            method: Method::Delete,
            path: format!("/Recordings/{recording}.json"),
            form: RestForm::default(),
            repeatable: true,
            answer_bytes_max: TWILIO_ANSWER_BYTES_MAX,
        }
    }
}
