//! The meaning of ElevenLabs' errors, and whether a retry is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::elevenlabs::ErrorReport;
use http::StatusCode;

use crate::assistant::remote::loss::{Refusals, WORDS_CHARS_MAX, kept_words, refused_by_status};
use crate::assistant::remote::{Loss, Retry};

/// ElevenLabs' refusals and close codes.
pub(super) const REFUSALS: Refusals = Refusals { of_close, of_status };

/// Returns what a refusal's words mean. An exhausted quota, too many concurrent calls and wrong keys share codes, and only the
/// words distinguish them.
fn of_words(words: &str) -> Option<(ProviderFailure, Retry)> {
    let words = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["quota", "credits", "billing", "payment", "subscription"]) {
        Some((ProviderFailure::QuotaExhausted, Retry::Never))
    } else if has(&["concurren", "rate limit", "rate_limit", "too many", "busy", "burst"]) {
        Some((ProviderFailure::RateLimited, Retry::Soon))
    } else if has(&["api key", "api_key", "unauthor", "authoriz", "authentic", "signed url", "permission"]) {
        Some((ProviderFailure::Unauthorized, Retry::Never))
    } else {
        None
    }
}

fn of_close(code: u16, words: &str) -> (ProviderFailure, Retry) {
    match code {
        1000 if words.to_lowercase().contains("duration") => (ProviderFailure::SessionExpired, Retry::Soon),
        // The agent has ended the conversation. Not every agent is configured to report that beforehand.
        1000 => (ProviderFailure::Disconnected, Retry::HungUp),
        1008 | 4000.. => of_words(words).unwrap_or((ProviderFailure::Unauthorized, Retry::Never)),
        1002 | 1003 | 1007 => of_words(words).unwrap_or((ProviderFailure::BadProtocol, Retry::Never)),
        1011 => of_words(words).unwrap_or((ProviderFailure::ProviderError, Retry::Soon)),
        _ => (ProviderFailure::Disconnected, Retry::Soon),
    }
}

fn of_status(status: StatusCode, body: &str) -> (ProviderFailure, Retry) {
    refused_by_status(status, of_words(body))
}

/// Returns the loss that an error event announces.
pub(super) fn loss_of(error: &ErrorReport) -> Loss {
    let kind = error.error_type.as_deref().unwrap_or_default();
    let words = error.message.as_deref().or(error.reason.as_deref()).unwrap_or_default();
    let (failure, retry) = match kind {
        "max_duration_exceeded" => (ProviderFailure::SessionExpired, Retry::Soon),
        "override_error"
        | "missing_dynamic_variable"
        | "missing_dynamic_variable_transfer"
        | "missing_fields"
        | "value_error"
        | "invalid_message" => (ProviderFailure::BadProtocol, Retry::Never),
        "transport_receive_timeout" | "websocket_disconnect" => (ProviderFailure::Disconnected, Retry::Soon),
        "safety_violation" => (ProviderFailure::ProviderError, Retry::Never),
        "" | "unknown" => {
            let code = error.code.and_then(|code| u16::try_from(code).ok()).unwrap_or(1011);
            match of_words(words).unwrap_or_else(|| of_close(code, words)) {
                // An error is never a regular goodbye of the agent.
                (failure, Retry::HungUp) => (failure, Retry::Soon),
                known => known,
            }
        }
        _ => of_words(words).unwrap_or((ProviderFailure::ProviderError, Retry::Soon)),
    };
    let words = kept_words(words);
    let kind: String = kind.chars().take(WORDS_CHARS_MAX).collect();
    let reason = match (kind.as_str(), words.as_str()) {
        ("", "") => "the provider gives no reason".to_owned(),
        ("", words) => words.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, words) => format!("{kind}: {words}"),
    };
    Loss::new(failure, reason, retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_and_statuses_tell_quotas_limits_and_bad_keys_apart() {
        let close = |words: &str| of_close(1008, words).0;
        assert_eq!(close("This request exceeds your quota limit of 10000"), ProviderFailure::QuotaExhausted);
        assert_eq!(close("Concurrent conversation limit reached"), ProviderFailure::RateLimited);
        assert_eq!(close("Could not authorize the signed url"), ProviderFailure::Unauthorized);
        assert_eq!(of_close(1000, ""), (ProviderFailure::Disconnected, Retry::HungUp));
        assert_eq!(of_close(1000, "Maximum duration"), (ProviderFailure::SessionExpired, Retry::Soon));
        for code in [1001, 1012] {
            assert_eq!(of_close(code, ""), (ProviderFailure::Disconnected, Retry::Soon), "{code}");
        }
        assert_eq!(of_close(1008, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_close(1011, ""), (ProviderFailure::ProviderError, Retry::Soon));
        let status = |status: u16, body: &str| of_status(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(status(401, "{}"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(401, r#"{"status":"quota_exceeded"}"#).0, ProviderFailure::QuotaExhausted);
        assert_eq!(status(429, "insufficient_quota").0, ProviderFailure::QuotaExhausted);
        assert_eq!(status(404, "{}"), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(status(429, ""), (ProviderFailure::RateLimited, Retry::Soon));
        assert_eq!(status(503, ""), (ProviderFailure::ProviderError, Retry::Soon));
    }

    #[test]
    fn an_error_event_tells_whether_to_retry() {
        let of = |kind: &str, message: &str| {
            let error = ErrorReport {
                error_type: Some(kind.to_owned()),
                message: Some(message.to_owned()),
                ..ErrorReport::default()
            };
            let loss = loss_of(&error);
            (loss.fault.failure, loss.retry)
        };
        assert_eq!(of("max_duration_exceeded", ""), (ProviderFailure::SessionExpired, Retry::Soon));
        assert_eq!(of("missing_dynamic_variable", "user_name"), (ProviderFailure::BadProtocol, Retry::Never));
        assert_eq!(of("llm_error", "overloaded"), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of("transport_receive_timeout", ""), (ProviderFailure::Disconnected, Retry::Soon));
        assert_eq!(of("safety_violation", "not allowed"), (ProviderFailure::ProviderError, Retry::Never));
        assert_eq!(of("unknown", "Concurrent conversation limit").0, ProviderFailure::RateLimited);
        assert_eq!(loss_of(&ErrorReport::default()).fault.reason, "the provider gives no reason");
        let in_order = ErrorReport { code: Some(1000), ..ErrorReport::default() };
        assert_eq!(loss_of(&in_order).retry, Retry::Soon, "an error is no goodbye");
    }
}
