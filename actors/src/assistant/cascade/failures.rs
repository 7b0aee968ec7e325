//! The meaning of the three services' refusals, and whether a retry is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use http::StatusCode;

use crate::assistant::remote::loss::{Refusals, kept_words, refused_by_status};
use crate::assistant::remote::{Loss, Retry};

/// Refusals of each part, and close codes of a recognizer's connection.
pub(super) const REFUSALS: Refusals = Refusals { of_close, of_status };

/// Refusals of a speech service that streams.
pub(super) const VOICE_REFUSALS: Refusals = Refusals { of_close: of_voice_close, of_status };

/// One of the three parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Recognizer,
    Llm,
    Speech,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Recognizer => "speech recognition",
            Self::Llm => "language model",
            Self::Speech => "speech synthesis",
        }
    }

    /// Adds this part's name to a loss.
    pub(super) fn lost(self, mut loss: Loss) -> Loss {
        loss.fault.reason = format!("{}: {}", self.name(), loss.fault.reason);
        loss
    }

    /// Returns a loss of this part.
    pub(super) fn loss(self, failure: ProviderFailure, reason: &str, retry: Retry) -> Loss {
        self.lost(Loss::new(failure, kept_words(reason), retry))
    }
}

/// Returns what a refusal's words mean, if its code does not say it.
fn of_words(words: &str) -> Option<(ProviderFailure, Retry)> {
    let words = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["quota", "credit", "payment", "balance", "billing"]) {
        Some((ProviderFailure::QuotaExhausted, Retry::Never))
    } else if has(&["expired", "session duration"]) {
        Some((ProviderFailure::SessionExpired, Retry::Soon))
    } else if has(&["concurren", "rate limit", "rate_limit", "too many"]) {
        Some((ProviderFailure::RateLimited, Retry::Soon))
    } else {
        None
    }
}

/// Returns whether a language model does not answer what it was sent, for its content; another request may be answered. A refusal
/// has the status of a wrong model or a wrong key.
pub(super) fn is_about_content(loss: &Loss) -> bool {
    let words = loss.fault.reason.to_lowercase();
    ["content_filter", "content management policy", "content_policy", "input was flagged"]
        .iter()
        .any(|part| words.contains(part))
}

fn of_close(code: u16, words: &str) -> (ProviderFailure, Retry) {
    if let Some(known) = of_words(words) {
        return known;
    }
    match code {
        // Audio that can't be decoded.
        1008 if words.contains("DATA-") => (ProviderFailure::BadProtocol, Retry::Never),
        1008 => (ProviderFailure::Unauthorized, Retry::Never),
        1002 | 1003 | 1007 => (ProviderFailure::BadProtocol, Retry::Never),
        // No audio came in time.
        1011 if words.contains("NET-") => (ProviderFailure::Disconnected, Retry::Soon),
        1011 => (ProviderFailure::ProviderError, Retry::Soon),
        _ => (ProviderFailure::Disconnected, Retry::Soon),
    }
}

/// Returns what the words of a voice's refusal mean, on top of those that all services share.
fn of_voice_words(words: &str) -> Option<(ProviderFailure, Retry)> {
    let lower = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if has(&["input_timeout", "inactiv", "new text input"]) {
        // No text was sent for a while.
        Some((ProviderFailure::Disconnected, Retry::Soon))
    } else if has(&["voice_not_found", "does not exist", "not found", "model_not", "invalid_uid"]) {
        Some((ProviderFailure::UnknownModel, Retry::Never))
    } else if has(&["api_key", "api key", "unauthor", "authoriz", "permission"]) {
        Some((ProviderFailure::Unauthorized, Retry::Never))
    } else {
        of_words(words)
    }
}

fn of_voice_close(code: u16, words: &str) -> (ProviderFailure, Retry) {
    of_voice_words(words).unwrap_or_else(|| of_close(code, words))
}

/// Returns the loss that an error event of a voice announces.
pub(super) fn voice_loss(code: &str, description: &str) -> Loss {
    let words = format!("{code} {description}");
    let (failure, retry) = of_voice_words(&words).unwrap_or((ProviderFailure::ProviderError, Retry::Soon));
    Part::Speech.loss(failure, words.trim(), retry)
}

fn of_status(status: StatusCode, body: &str) -> (ProviderFailure, Retry) {
    refused_by_status(status, of_words(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_the_failure_and_whether_to_retry() {
        let status = |status: u16, body: &str| of_status(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(status(401, "{}"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(404, "model not found"), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(status(429, "insufficient_quota"), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(status(429, "slow down"), (ProviderFailure::RateLimited, Retry::Soon));
        // ElevenLabs, whose voices may speak here, sends this status for an exhausted quota as well.
        assert_eq!(status(401, "quota_exceeded"), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(status(503, ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(status(302, ""), (ProviderFailure::BadProtocol, Retry::Never));
    }

    #[test]
    fn a_refusal_for_content_is_no_wrong_model_or_key() {
        let about_content = |status: u16, body: &str| {
            is_about_content(&REFUSALS.loss_of_status(StatusCode::from_u16(status).unwrap(), body))
        };
        let filtered = r#"{"error":{"message":"The response was filtered","code":"content_filter"}}"#;
        assert!(about_content(400, filtered));
        assert!(about_content(400, "due to the prompt triggering our content management policy"));
        assert!(about_content(403, r#"{"error":{"message":"your input was flagged for \"violence\""}}"#));
        for (status, body) in [(400, "model not found"), (403, "your account was flagged"), (401, "")] {
            assert!(!about_content(status, body), "{status} {body}");
        }
    }

    #[test]
    fn a_close_code_tells_the_failure_and_whether_to_retry() {
        assert_eq!(of_close(1008, "bad key"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_close(1008, "DATA-0000"), (ProviderFailure::BadProtocol, Retry::Never));
        assert_eq!(of_close(1011, "NET-0001"), (ProviderFailure::Disconnected, Retry::Soon));
        assert_eq!(of_close(1011, "the session has expired"), (ProviderFailure::SessionExpired, Retry::Soon));
        assert_eq!(of_close(1011, ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of_close(1012, ""), (ProviderFailure::Disconnected, Retry::Soon));
    }

    #[test]
    fn error_events_of_a_voice_tell_the_failure() {
        let loss = |code: &str, description: &str| {
            let Loss { fault, retry } = voice_loss(code, description);
            (fault.failure, retry)
        };
        assert_eq!(loss("quota_exceeded", "none left"), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(loss("voice_not_found", ""), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(loss("invalid_api_key", ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(loss("too_many_concurrent_requests", ""), (ProviderFailure::RateLimited, Retry::Soon));
        assert_eq!(loss("internal", "try again"), (ProviderFailure::ProviderError, Retry::Soon));
        let idle = "Have not received a new text input within the timeout of 20.0 seconds";
        assert_eq!(of_voice_close(1008, idle), (ProviderFailure::Disconnected, Retry::Soon));
        assert_eq!(of_voice_close(1008, ""), (ProviderFailure::Unauthorized, Retry::Never));
    }

    #[test]
    fn a_loss_names_its_part() {
        let loss = Part::Speech.loss(ProviderFailure::Stalled, "nothing\ncame", Retry::Soon);
        assert_eq!(loss.fault.reason, "speech synthesis: nothingcame");
    }
}
