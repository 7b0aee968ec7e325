//! A connection that was lost or never made, and whether a reconnect is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use http::StatusCode;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::assistant::provider::ProviderFault;

/// Characters of a provider's own words that the journal keeps.
pub(in crate::assistant) const WORDS_CHARS_MAX: usize = 300;
/// Longest name in characters.
const NAME_CHARS_MAX: usize = 128;

/// Returns a provider's own words, cut to the length that the journal keeps.
pub(in crate::assistant) fn kept_words(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect()
}

/// Returns a name that a provider wrote, cut to the length that is kept.
pub(in crate::assistant) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// The number of a connection to the provider; each connection of a call has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// Whether to reconnect after a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The provider would refuse again.
    Never,
    /// The next attempt may succeed.
    Soon,
    /// The provider does not say whether its rate limit or the account's quota is exhausted: further attempts show which.
    RateOrQuota,
    /// The provider has ended the conversation regularly, as a caller who hangs up does. Another one may be begun if the call
    /// goes on.
    HungUp,
}

/// A connection that was lost, or never made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The fault.
    pub fault: ProviderFault,
    /// Whether a retry is worthwhile.
    pub retry: Retry,
}

impl Loss {
    /// Returns a loss for this reason.
    pub(in crate::assistant) fn new(
        failure: ProviderFailure,
        reason: impl Into<String>,
        retry: Retry,
    ) -> Self {
        Self { fault: ProviderFault::new(failure, reason), retry }
    }
}

/// Returns what a status means according to HTTP (RFC 9110, section 15), at a provider without its own codes. `words` is what the
/// body's words mean: an exhausted account is refused with different statuses.
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

/// The meaning of a provider's refusals: each provider has its own codes.
#[derive(Clone, Copy, Debug)]
pub(in crate::assistant) struct Refusals {
    /// It closed the connection with this code and these words.
    pub(in crate::assistant) of_close: fn(u16, &str) -> (ProviderFailure, Retry),
    /// It answered a request with this status and body.
    pub(in crate::assistant) of_status: fn(StatusCode, &str) -> (ProviderFailure, Retry),
}

impl Refusals {
    /// Returns the loss when the provider closed the connection.
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

    /// Returns the loss when the connection broke, or was refused.
    pub(in crate::assistant) fn loss_of_error(&self, error: &Error) -> Loss {
        let reason = match error {
            Error::Http(response) => {
                let body = response.body().as_deref().unwrap_or_default();
                return self.loss_of_status(response.status(), &String::from_utf8_lossy(body));
            }
            // A connection that ends without a close message is one of these, too.
            Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_) => {
                format!("the connection to the provider broke: {error}")
            }
            Error::WriteBufferFull(_) => "the provider accepts no data".to_owned(),
            _ => format!("the connection to the provider is lost: {error}"),
        };
        Loss::new(ProviderFailure::Disconnected, reason, Retry::Soon)
    }

    /// Returns the loss when the provider answered a request with an unexpected status.
    pub(in crate::assistant) fn loss_of_status(&self, status: StatusCode, body: &str) -> Loss {
        let reason = format!("the provider refused the connection: {status} {}", kept_words(body));
        let (failure, retry) = (self.of_status)(status, body);
        Loss::new(failure, reason.trim_end(), retry)
    }
}
