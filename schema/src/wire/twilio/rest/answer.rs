//! Answers of the API to successful requests.
//!
//! Fields that aren't used here are skipped; nullable ones are an `Option`.

use chrono::DateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::NextMessages;
use crate::limits::{TWILIO_ANSWER_BYTES_MAX, TWILIO_SMS_CHARS_MAX};
use crate::phone::E164;
use crate::time::UnixMs;
use crate::wire::twilio::webhook::party;
use crate::wire::twilio::{
    AccountSid, CallSid, CallStatus, ConferenceSid, IncomingMessage, MessageSid, MessageStatus, RecordingSid,
};

/// An answer that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BadAnswer {
    /// More than are read.
    #[error("Twilio's answer has {bytes} bytes, at most {max} are read")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
        /// The most that are read, in bytes.
        max: usize,
    },
    /// A required field is missing.
    #[error("Twilio's answer can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Reads the body of an answer whose status is 200 or 201, of up to [`TWILIO_ANSWER_BYTES_MAX`].
///
/// # Errors
/// It is too long, or isn't of this kind.
pub fn read_answer<T: DeserializeOwned>(body: &[u8]) -> Result<T, BadAnswer> {
    read_answer_within(body, TWILIO_ANSWER_BYTES_MAX)
}

/// Reads the body of an answer whose status is 200 or 201, of up to `max` bytes.
///
/// # Errors
/// It is too long, or isn't of this kind.
pub fn read_answer_within<T: DeserializeOwned>(body: &[u8], max: usize) -> Result<T, BadAnswer> {
    if body.len() > max {
        return Err(BadAnswer::TooLong { bytes: body.len(), max });
    }
    Ok(serde_json::from_slice(body)?)
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CallAnswer {
    /// The call.
    pub sid: CallSid,
    /// Status of the call.
    pub status: CallStatus,
    /// Seconds that it lasted, as text, once it is over.
    #[serde(default)]
    pub duration: Option<String>,
    /// The party that answered, if detection was requested.
    #[serde(default)]
    pub answered_by: Option<String>,
}

/// Status of a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConferenceStatus {
    /// A participant waits in it.
    Init,
    /// It is running.
    InProgress,
    /// It is over.
    Completed,
}

/// A conference.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ConferenceAnswer {
    /// The conference.
    pub sid: ConferenceSid,
    /// The room's name.
    #[serde(default)]
    pub friendly_name: Option<String>,
    /// Status of the conference.
    pub status: ConferenceStatus,
}

/// A page of conferences.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ConferenceList {
    /// The conferences.
    pub conferences: Vec<ConferenceAnswer>,
}

/// A participant of a conference.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ParticipantAnswer {
    /// Their call.
    pub call_sid: CallSid,
    /// The conference.
    pub conference_sid: ConferenceSid,
    /// The label that we gave them.
    #[serde(default)]
    pub label: Option<String>,
    /// Status of their call: `queued`, `connecting`, `ringing`, `connected`, `complete`, `failed`.
    #[serde(default)]
    pub status: Option<String>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageAnswer {
    /// The message.
    pub sid: MessageSid,
    /// Status of the message.
    pub status: MessageStatus,
    /// Number of parts that it is sent in, as text.
    #[serde(default)]
    pub num_segments: Option<String>,
    /// Twilio's error code, if something went wrong.
    #[serde(default)]
    pub error_code: Option<u32>,
}

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NumberAnswer {
    /// The number, in E.164 format.
    pub phone_number: String,
    /// The account that owns it.
    pub account_sid: AccountSid,
    /// The address that gets its incoming messages.
    #[serde(default)]
    pub sms_url: Option<String>,
    /// The application that gets its incoming messages; if there is one, the address is ignored.
    #[serde(default)]
    pub sms_application_sid: Option<String>,
}

/// A page of the account's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NumberList {
    /// The numbers.
    pub incoming_phone_numbers: Vec<NumberAnswer>,
}

impl NumberList {
    /// Whether this account has exactly this number: the API also finds similar ones.
    pub fn has(&self, account: &AccountSid, number: &E164) -> bool {
        let is_it =
            |found: &NumberAnswer| found.phone_number == number.as_str() && found.account_sid == *account;
        self.incoming_phone_numbers.iter().any(is_it)
    }

    /// Returns the address that gets the incoming messages of exactly this number; none if the number is not in the list, or Twilio
    /// brings its messages elsewhere.
    pub fn sms_url(&self, number: &E164) -> Option<&str> {
        let found = self.incoming_phone_numbers.iter().find(|found| found.phone_number == number.as_str())?;
        let has_application = found.sms_application_sid.as_ref().is_some_and(|sid| !sid.is_empty());
        found.sms_url.as_deref().filter(|_| !has_application)
    }
}

/// A message in a list of the account's messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListedMessage {
    /// The message.
    pub sid: Option<String>,
    /// The account.
    pub account_sid: Option<String>,
    /// `inbound` if it came to the account.
    pub direction: Option<String>,
    /// The sender.
    pub from: Option<String>,
    /// The recipient.
    pub to: Option<String>,
    /// The text.
    pub body: Option<String>,
    /// Number of attached pictures and other media, as text.
    pub num_media: Option<String>,
    /// When it was sent, in the form of RFC 2822; for one that came to the account, when its webhook was requested.
    pub date_sent: Option<String>,
    /// When Twilio made it, in the same form.
    pub date_created: Option<String>,
}

impl ListedMessage {
    /// Returns when it was sent, if it was.
    pub fn sent_at(&self) -> Option<UnixMs> {
        self.date_sent.as_deref().and_then(moment)
    }

    /// Returns the message as a webhook brings it, and when it came; none if it did not come to the account, or can't be read.
    pub fn incoming(&self) -> Option<(IncomingMessage, UnixMs)> {
        if self.direction.as_deref() != Some("inbound") {
            return None;
        }
        let came_at = self.sent_at().or_else(|| self.date_created.as_deref().and_then(moment))?;
        let message = IncomingMessage {
            message: self.sid.as_deref()?.parse().ok()?,
            account: self.account_sid.as_deref()?.parse().ok()?,
            from: party(self.from.as_deref()?),
            to: party(self.to.as_deref()?),
            body: self.body.as_deref().unwrap_or_default().chars().take(TWILIO_SMS_CHARS_MAX).collect(),
            media: self.num_media.as_deref().and_then(|count| count.parse().ok()).unwrap_or(0),
        };
        Some((message, came_at))
    }
}

/// Reads a time in the form of RFC 2822.
fn moment(text: &str) -> Option<UnixMs> {
    Some(DateTime::parse_from_rfc2822(text).ok()?.to_utc().into())
}

/// A page of the account's messages, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageList {
    /// The messages.
    pub messages: Vec<ListedMessage>,
    /// The next page, with older messages.
    #[serde(default)]
    pub next_page_uri: Option<NextMessages>,
}

impl MessageList {
    /// Returns the next page, unless all messages of this one were sent before `since`.
    pub fn next_since(&self, since: UnixMs) -> Option<&NextMessages> {
        let is_before = |message: &ListedMessage| message.sent_at().is_some_and(|at| at < since);
        self.next_page_uri.as_ref().filter(|_| !self.messages.iter().all(is_before))
    }
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecordingAnswer {
    /// The recording.
    pub sid: RecordingSid,
    /// The call.
    #[serde(default)]
    pub call_sid: Option<CallSid>,
    /// Status of the recording, in Twilio's words: `in-progress`, `paused`, `stopped`, `processing`, `completed`, `absent`.
    pub status: String,
    /// Its length in seconds, as text, once it is over.
    #[serde(default)]
    pub duration: Option<String>,
}

/// A page of a call's recordings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecordingList {
    /// The recordings.
    pub recordings: Vec<RecordingAnswer>,
}

impl RecordingList {
    /// The first recording that can be fetched, and its length in ms.
    pub fn completed(&self) -> Option<(&RecordingSid, u64)> {
        let found = self.recordings.iter().find(|recording| recording.status == "completed")?;
        let seconds = found.duration.as_deref().and_then(|seconds| seconds.parse::<u64>().ok());
        Some((&found.sid, seconds.unwrap_or_default().saturating_mul(1_000)))
    }
}
