//! Text messages.

use serde::Deserialize;

use super::{RestForm, RestRequest};
use crate::limits::{TWILIO_NEXT_PAGE_BYTES_MAX, TWILIO_SMS_CHARS_MAX};

/// Sender of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageSender {
    /// One of our numbers.
    Number(String),
    /// A messaging service, which picks a number.
    Service(String),
}

/// Sends a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessage {
    to: String,
    sender: MessageSender,
    body: String,
    status_callback: Option<String>,
}

/// The next page of a list of messages: the query of its address. The rest of the address is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NextMessages(String);

/// An address that isn't the next page of a list of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the next page is not one of a list of messages")]
pub struct BadNextPage;

impl NextMessages {
    /// The list's path below the account, and the beginning of its query.
    pub(super) const PATH: &str = "/Messages.json?";

    /// Returns the query.
    pub(super) fn query(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NextMessages {
    type Error = BadNextPage;

    fn try_from(address: String) -> Result<Self, BadNextPage> {
        let (_, query) = address.split_once(Self::PATH).ok_or(BadNextPage)?;
        let is_plain = query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        match is_plain && query.len() <= TWILIO_NEXT_PAGE_BYTES_MAX {
            true => Ok(Self(query.to_owned())),
            false => Err(BadNextPage),
        }
    }
}

/// A text that can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {chars} characters can't be sent: from 1 to {TWILIO_SMS_CHARS_MAX}")]
pub struct BadMessageLength {
    /// Length, in characters.
    pub chars: usize,
}

impl SendMessage {
    /// Returns a text message to a number.
    ///
    /// # Errors
    /// It is empty or too long.
    pub fn new(to: String, sender: MessageSender, body: String) -> Result<Self, BadMessageLength> {
        let chars = body.chars().count();
        if !(1..=TWILIO_SMS_CHARS_MAX).contains(&chars) {
            return Err(BadMessageLength { chars });
        }
        Ok(Self { to, sender, body, status_callback: None })
    }

    /// Sets the URL that gets its status changes.
    #[must_use]
    pub fn with_status_callback(self, url: String) -> Self {
        Self { status_callback: Some(url), ..self }
    }

    /// Returns the request.
    pub fn request(&self) -> RestRequest {
        let form = RestForm::default().with("To", &self.to);
        let form = match &self.sender {
            MessageSender::Number(number) => form.with("From", number),
            MessageSender::Service(service) => form.with("MessagingServiceSid", service),
        };
        let form = form.with("Body", &self.body).maybe("StatusCallback", self.status_callback.as_ref());
        RestRequest::create("/Messages.json".to_owned(), form)
    }
}
