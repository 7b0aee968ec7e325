//! Text messages: incoming ones, and the status of those that were sent.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::webhook::party;
use super::{AccountSid, BadForm, FormFields, MessageSid};
use crate::limits::TWILIO_SMS_CHARS_MAX;

/// Status of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Accepted by Twilio, without a sender number yet.
    Accepted,
    /// Scheduled to be sent later.
    Scheduled,
    /// Waiting for its turn.
    Queued,
    /// On its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// On the phone, according to the carrier.
    Delivered,
    /// The carrier could not deliver it.
    Undelivered,
    /// Not sent.
    Failed,
    /// Read by the recipient, if that is reported.
    Read,
    /// Cancelled before it was sent.
    Canceled,
    /// Being received.
    Receiving,
    /// Received.
    Received,
    /// Some of its recipients have it.
    PartiallyDelivered,
}

/// A word that isn't a known status of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message's status is unknown")]
pub struct UnknownMessageStatus;

impl FromStr for MessageStatus {
    type Err = UnknownMessageStatus;

    fn from_str(text: &str) -> Result<Self, UnknownMessageStatus> {
        let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
        Self::deserialize(word).map_err(|_| UnknownMessageStatus)
    }
}

/// Status change of a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageEvent {
    /// The message.
    pub message: MessageSid,
    /// Status of the message.
    pub status: MessageStatus,
    /// Twilio's error code, as 30003.
    pub error_code: Option<u32>,
}

impl MessageEvent {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no message, or no known status.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        Ok(Self {
            message: form.message()?,
            status: form.must("MessageStatus")?,
            error_code: form.read_as("ErrorCode")?,
        })
    }
}

/// An incoming message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingMessage {
    /// The message.
    pub message: MessageSid,
    /// The account whose number it came to.
    pub account: AccountSid,
    /// The sender.
    pub from: String,
    /// The number that it came to.
    pub to: String,
    /// The text, cut to the maximum length of a message.
    pub body: String,
    /// Number of attached pictures and other media.
    pub media: u32,
}

impl IncomingMessage {
    /// Reads the webhook.
    ///
    /// # Errors
    /// It names no message, no account or no sender.
    pub fn read(form: &FormFields) -> Result<Self, BadForm> {
        Ok(Self {
            message: form.message()?,
            account: form.account()?,
            from: party(form.need("From")?),
            to: party(form.need("To")?),
            body: form.get("Body")?.unwrap_or_default().chars().take(TWILIO_SMS_CHARS_MAX).collect(),
            media: form.read_as("NumMedia")?.unwrap_or(0),
        })
    }
}
