//! Text messages.

use super::{RestForm, RestRequest};
use crate::limits::TWILIO_SMS_CHARS_MAX;

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
