//! Answers of the API to successful requests.
//!
//! Fields that aren't used here are skipped; nullable ones are an `Option`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::limits::TWILIO_ANSWER_BYTES_MAX;
use crate::phone::E164;
use crate::wire::twilio::{
    AccountSid, CallSid, CallStatus, ConferenceSid, MessageSid, MessageStatus, RecordingSid,
};

/// An answer that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BadAnswer {
    /// More than [`TWILIO_ANSWER_BYTES_MAX`].
    #[error("Twilio's answer has {bytes} bytes, at most {TWILIO_ANSWER_BYTES_MAX} are read")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
    /// A required field is missing.
    #[error("Twilio's answer can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Reads the body of an answer whose status is 200 or 201.
///
/// # Errors
/// It is too long, or isn't of this kind.
pub fn read_answer<T: DeserializeOwned>(body: &[u8]) -> Result<T, BadAnswer> {
    if body.len() > TWILIO_ANSWER_BYTES_MAX {
        return Err(BadAnswer::TooLong { bytes: body.len() });
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
