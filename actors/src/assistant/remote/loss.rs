//! A connection that was lost, or never made, and whether another one is worth an attempt.

use cordboard_schema::provider::ProviderFailure;
use http::StatusCode;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::assistant::provider::ProviderFault;

/// Characters of a provider's own words that the journal keeps.
pub(in crate::assistant) const WORDS_CHARS_MAX: usize = 300;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 128;

/// A provider's own words, as far as the journal keeps them.
pub(in crate::assistant) fn kept_words(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect()
}

/// A name that a provider wrote, as far as it is kept.
pub(in crate::assistant) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// A connection to the provider, by number; a call's connections are never numbered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// Whether a lost connection may be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The provider would refuse again.
    Never,
    /// It may stand the next time.
    Soon,
    /// The provider does not say whether it is asked too often or its account is used up: further attempts show which it is.
    RateOrQuota,
    /// The provider has ended the conversation in order, as somebody does who hangs up. Another one may be begun if the call goes on.
    HungUp,
}

/// A connection that was lost, or never made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The fault.
    pub fault: ProviderFault,
    /// Whether another attempt is worth it.
    pub retry: Retry,
}

impl Loss {
    /// A loss for this reason.
    pub(in crate::assistant) fn new(
        failure: ProviderFailure,
        reason: impl Into<String>,
        retry: Retry,
    ) -> Self {
        Self { fault: ProviderFault::new(failure, reason), retry }
    }
}

/// The meaning of a status by what HTTP says of it (RFC 9110, section 15), at a provider that has no code of its own for it. `words` is
/// what the body's words mean: an account that is used up is refused by several statuses.
pub(in crate::assistant) fn refused_by_status(
    status: StatusCode,
    words: Option<(ProviderFailure, Retry)>,
) -> (ProviderFailure, Retry) {
    let used_up = words.filter(|(failure, _)| *failure == ProviderFailure::QuotaExhausted);
    match (status.as_u16(), used_up) {
        (401 | 403 | 429, Some(used_up)) => used_up,
        (402, _) => (ProviderFailure::QuotaExhausted, Retry::Never),
        (429, None) => (ProviderFailure::RateLimited, Retry::Soon),
        (401 | 403, None) => (ProviderFailure::Unauthorized, Retry::Never),
        (400 | 404 | 422, _) => (ProviderFailure::UnknownModel, Retry::Never),
        (408 | 500.., _) => (ProviderFailure::ProviderError, Retry::Soon),
        _ => (ProviderFailure::BadProtocol, Retry::Never),
    }
}

/// Meaning of a provider's refusals: each has its own codes.
#[derive(Clone, Copy, Debug)]
pub(in crate::assistant) struct Refusals {
    /// It closed the connection with this code and these words.
    pub(in crate::assistant) of_close: fn(u16, &str) -> (ProviderFailure, Retry),
    /// It answered a request with this status and body.
    pub(in crate::assistant) of_status: fn(StatusCode, &str) -> (ProviderFailure, Retry),
}

impl Refusals {
    /// The provider closed the connection.
    pub(in crate::assistant) fn loss_of_close(&self, frame: Option<&CloseFrame>) -> Loss {
        let Some(frame) = frame else {
            let reason = "the provider closed the connection without a reason";
            return Loss::new(ProviderFailure::Disconnected, reason, Retry::Soon);
        };
        let code = u16::from(frame.code);
        let words: String = frame.reason.chars().take(WORDS_CHARS_MAX).collect();
        let (failure, retry) = (self.of_close)(code, &words);
        let reason = format!("the provider closed the connection: {code} {words}");
        Loss::new(failure, reason.trim_end(), retry)
    }

    /// The connection broke, or was refused.
    pub(in crate::assistant) fn loss_of_error(&self, error: &Error) -> Loss {
        let reason = match error {
            Error::Http(response) => {
                let body = response.body().as_deref().unwrap_or_default();
                return self.loss_of_status(response.status(), &String::from_utf8_lossy(body));
            }
            // A connection that ends without a goodbye is one of these, too.
            Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_) => {
                format!("the connection to the provider broke: {error}")
            }
            Error::WriteBufferFull(_) => "the provider takes nothing of what is sent".to_owned(),
            _ => format!("the connection to the provider is lost: {error}"),
        };
        Loss::new(ProviderFailure::Disconnected, reason, Retry::Soon)
    }

    /// The provider answered a request with another status than was wanted.
    pub(in crate::assistant) fn loss_of_status(&self, status: StatusCode, body: &str) -> Loss {
        let reason = format!("the provider refused the connection: {status} {}", kept_words(body));
        let (failure, retry) = (self.of_status)(status, body);
        Loss::new(failure, reason.trim_end(), retry)
    }
}
