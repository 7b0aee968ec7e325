//! Answers of the API to failed requests.

use serde_json::Value;

use crate::limits::{TWILIO_ANSWER_BYTES_MAX, TWILIO_ERROR_CHARS_MAX};

/// Why the API didn't carry out a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Twilio answered {status}{}: {message}; {}", code.map(|code| format!(", code {code}")).unwrap_or_default(), kind.fix())]
pub struct RestError {
    /// The HTTP status.
    pub status: u16,
    /// Twilio's own code, if it sent one.
    pub code: Option<u32>,
    /// Its text, cut.
    pub message: String,
    /// The kind of the error.
    pub kind: RestErrorKind,
    /// Seconds after which the request can be retried, if Twilio says so.
    pub retry_after_s: Option<u64>,
}

/// The kind of an error, by what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestErrorKind {
    /// The account or the token is wrong.
    Unauthorized,
    /// The object doesn't exist.
    NotFound,
    /// The call is over.
    CallEnded,
    /// The number or address can't be called, or can't get messages.
    BadNumber,
    /// The account may not call this destination.
    NotPermitted,
    /// The recipient has opted out.
    OptedOut,
    /// Too many requests at once. Nothing was done.
    TooMany,
    /// Another error in the request.
    Refused,
    /// Twilio failed; whether something was done is unknown.
    Failed,
}

impl RestErrorKind {
    fn of(status: u16, code: Option<u32>) -> Self {
        match (code, status) {
            (Some(20003), _) | (_, 401) => Self::Unauthorized,
            (Some(20429), _) | (_, 429) => Self::TooMany,
            (Some(21220), _) => Self::CallEnded,
            (Some(21201 | 21211 | 21214 | 21217 | 21614), _) => Self::BadNumber,
            (Some(21215 | 21216 | 21219 | 21408 | 21608), _) => Self::NotPermitted,
            (Some(21610), _) => Self::OptedOut,
            (Some(20404), _) | (_, 404) => Self::NotFound,
            (_, 500..) => Self::Failed,
            _ => Self::Refused,
        }
    }

    /// Returns how the operator can fix it.
    const fn fix(self) -> &'static str {
        match self {
            Self::Unauthorized => "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
            Self::NotFound => "it is gone, or belongs to another account",
            Self::CallEnded => "the call is over",
            Self::BadNumber => "check the number",
            Self::NotPermitted => {
                "allow it in Twilio's console (geographic permissions, or a trial account's verified numbers)"
            }
            Self::OptedOut => "the recipient doesn't want any more messages",
            Self::TooMany => "the request is retried",
            Self::Refused => "see the code in Twilio's list of errors",
            Self::Failed => "Twilio has a problem; see its status page",
        }
    }
}

impl RestError {
    /// Reads an answer whose status isn't 200 to 299. It may have Twilio's own shape, that of RFC 9457, or any other.
    pub fn read(status: u16, retry_after: Option<&str>, body: &[u8]) -> Self {
        let body = if body.len() > TWILIO_ANSWER_BYTES_MAX { &[] } else { body };
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let words = text("message").or_else(|| text("detail")).or_else(|| text("title"));
        let code = value.get("code").and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
        let message = words.unwrap_or("no reason was given");
        Self {
            status,
            code,
            message: message.chars().filter(|c| !c.is_control()).take(TWILIO_ERROR_CHARS_MAX).collect(),
            kind: RestErrorKind::of(status, code),
            retry_after_s: retry_after.and_then(|text| text.trim().parse().ok()),
        }
    }

    /// Whether it is certain that nothing was done, so that even a request that creates something can be retried.
    pub fn did_nothing(&self) -> bool {
        self.kind == RestErrorKind::TooMany
    }
}
