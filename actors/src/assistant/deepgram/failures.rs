//! The meaning of Deepgram's errors, and whether a retry is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use http::StatusCode;

use crate::assistant::remote::loss::{Refusals, kept_words, refused_by_status};
use crate::assistant::remote::{Loss, Retry};

/// Deepgram's refusals and close codes.
pub(super) const REFUSALS: Refusals = Refusals { of_close, of_status };

/// Returns the failure that a refusal's words name, if its code does not.
fn of_words(words: &str) -> Option<(ProviderFailure, Retry)> {
    let words = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["quota", "credit", "payment", "balance", "billing"]) {
        Some((ProviderFailure::QuotaExhausted, Retry::Never))
    } else if has(&["concurren", "rate limit", "rate_limit", "too many"]) {
        Some((ProviderFailure::RateLimited, Retry::Soon))
    } else if has(&["invalid_auth", "unauthor", "credentials", "permission", "api key", "api_key"]) {
        Some((ProviderFailure::Unauthorized, Retry::Never))
    } else {
        None
    }
}

fn of_close(code: u16, words: &str) -> (ProviderFailure, Retry) {
    match code {
        1008 => of_words(words).unwrap_or((ProviderFailure::Unauthorized, Retry::Never)),
        1002 | 1003 | 1007 => of_words(words).unwrap_or((ProviderFailure::BadProtocol, Retry::Never)),
        1011 => of_words(words).unwrap_or((ProviderFailure::ProviderError, Retry::Soon)),
        _ => (ProviderFailure::Disconnected, Retry::Soon),
    }
}

fn of_status(status: StatusCode, body: &str) -> (ProviderFailure, Retry) {
    refused_by_status(status, of_words(body))
}

/// Returns the loss that an error event announces.
pub(super) fn loss_of(code: &str, description: &str) -> Loss {
    let (failure, retry) = match code {
        // We have sent nothing for too long, or it was lost in the network.
        "CLIENT_MESSAGE_TIMEOUT" => (ProviderFailure::Disconnected, Retry::Soon),
        "UNPARSABLE_CLIENT_MESSAGE" | "BINARY_MESSAGE_BEFORE_SETTINGS" | "SETTINGS_ALREADY_APPLIED" => {
            (ProviderFailure::BadProtocol, Retry::Never)
        }
        "MAX_SESSION_DURATION" | "SESSION_EXPIRED" => (ProviderFailure::SessionExpired, Retry::Soon),
        // A model or a voice that doesn't exist, or that the account may not use.
        code if code.starts_with("INVALID_SETTINGS") => (ProviderFailure::UnknownModel, Retry::Never),
        code => {
            let words = format!("{code} {description}");
            of_words(&words).unwrap_or((ProviderFailure::ProviderError, Retry::Soon))
        }
    };
    let reason = match (kept_words(code).as_str(), kept_words(description).as_str()) {
        ("", "") => "the provider gives no reason".to_owned(),
        ("", description) => description.to_owned(),
        (code, "") => code.to_owned(),
        (code, description) => format!("{code}: {description}"),
    };
    Loss::new(failure, reason, retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_limits_empty_accounts_and_bad_keys_are_told_apart() {
        let status = |status: u16, body: &str| of_status(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(status(401, "{}"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(402, "{}"), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(status(429, "Too many requests"), (ProviderFailure::RateLimited, Retry::Soon));
        assert_eq!(status(429, "insufficient_quota"), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(status(404, ""), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(status(503, ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of_close(1008, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_close(1011, ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of_close(1012, ""), (ProviderFailure::Disconnected, Retry::Soon));
    }

    #[test]
    fn an_error_event_tells_whether_to_retry() {
        let of = |code: &str| {
            let loss = loss_of(code, "");
            (loss.fault.failure, loss.retry)
        };
        assert_eq!(of("CLIENT_MESSAGE_TIMEOUT"), (ProviderFailure::Disconnected, Retry::Soon));
        assert_eq!(of("INVALID_SETTINGS"), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(of("UNPARSABLE_CLIENT_MESSAGE"), (ProviderFailure::BadProtocol, Retry::Never));
        assert_eq!(of("INTERNAL_SERVER_ERROR"), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of("FAILED_TO_THINK"), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(loss_of("", "").fault.reason, "the provider gives no reason");
    }
}
