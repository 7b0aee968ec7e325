//! The meaning of Gemini's refusals, and whether a retry is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use http::StatusCode;

use crate::assistant::remote::Retry;
use crate::assistant::remote::loss::Refusals;

/// Gemini's refusals and close codes.
pub(super) const REFUSALS: Refusals = Refusals { of_close, of_status };

/// Returns the failure that a refusal's words name, if its code does not.
fn of_words(words: &str) -> Option<(ProviderFailure, Retry)> {
    let words = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["deadline expired", "session expired", "session duration"]) {
        Some((ProviderFailure::SessionExpired, Retry::Soon))
    } else if has(&["perminute"]) && !has(&["perday"]) {
        // The quota's id, for example `GenerateRequestsPerMinutePerProjectPerModel`: the words before it are the same for an
        // empty account.
        Some((ProviderFailure::RateLimited, Retry::Soon))
    } else if has(&["per minute", "rate limit", "rate_limit", "too many", "concurren"]) {
        Some((ProviderFailure::RateLimited, Retry::Soon))
    } else if has(&["resource has been exhausted"]) {
        // "(e.g. check quota)" follows it, whatever is exhausted.
        Some((ProviderFailure::RateLimited, Retry::RateOrQuota))
    } else if has(&["quota", "billing", "credit", "prepay"]) {
        Some((ProviderFailure::QuotaExhausted, Retry::Never))
    } else if has(&["api key", "api_key", "unauthenticated", "credential", "permission"]) {
        Some((ProviderFailure::Unauthorized, Retry::Never))
    } else if has(&["overloaded", "unavailable", "internal"]) {
        // "The model is overloaded" does not mean an unknown model.
        Some((ProviderFailure::ProviderError, Retry::Soon))
    } else if has(&["model", "not found", "not supported for bidi"]) {
        Some((ProviderFailure::UnknownModel, Retry::Never))
    } else {
        None
    }
}

fn of_close(code: u16, words: &str) -> (ProviderFailure, Retry) {
    match code {
        // Something invalid: a key, a model, a message.
        1007 => of_words(words).unwrap_or((ProviderFailure::BadProtocol, Retry::Never)),
        1008 => of_words(words).unwrap_or((ProviderFailure::Unauthorized, Retry::Never)),
        1002 | 1003 => (ProviderFailure::BadProtocol, Retry::Never),
        1011 => of_words(words).unwrap_or((ProviderFailure::ProviderError, Retry::Soon)),
        _ => (ProviderFailure::Disconnected, Retry::Soon),
    }
}

fn of_status(status: StatusCode, body: &str) -> (ProviderFailure, Retry) {
    match status.as_u16() {
        400 => of_words(body).unwrap_or((ProviderFailure::BadProtocol, Retry::Never)),
        401 | 403 => (ProviderFailure::Unauthorized, Retry::Never),
        404 => (ProviderFailure::UnknownModel, Retry::Never),
        429 => match of_words(body) {
            Some(known @ ((ProviderFailure::QuotaExhausted, _) | (_, Retry::RateOrQuota))) => known,
            _ => (ProviderFailure::RateLimited, Retry::Soon),
        },
        500.. => (ProviderFailure::ProviderError, Retry::Soon),
        _ => (ProviderFailure::BadProtocol, Retry::Never),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_and_words_tell_failures_apart() {
        for (code, words, expected) in [
            (1007, "API key not valid. Please pass a valid API key.", ProviderFailure::Unauthorized),
            (1007, "Request contains an invalid argument.", ProviderFailure::BadProtocol),
            (1008, "models/x is not found for API version v1beta", ProviderFailure::UnknownModel),
            (1008, "Your project has been denied access", ProviderFailure::Unauthorized),
            (1008, "You exceeded your current quota, check your plan", ProviderFailure::QuotaExhausted),
            (1011, "You exceeded your current quota, check billing", ProviderFailure::QuotaExhausted),
            (1011, "Resource has been exhausted (e.g. check quota).", ProviderFailure::RateLimited),
            (1011, "Deadline expired before operation could complete.", ProviderFailure::SessionExpired),
            (1011, "The service is currently unavailable.", ProviderFailure::ProviderError),
            (1011, "The model is overloaded. Please try again later.", ProviderFailure::ProviderError),
            (1011, "Quota exceeded: too many requests per minute.", ProviderFailure::RateLimited),
            (1011, "", ProviderFailure::ProviderError),
            (1008, "", ProviderFailure::Unauthorized),
            (1006, "", ProviderFailure::Disconnected),
            (1012, "", ProviderFailure::Disconnected),
        ] {
            assert_eq!(of_close(code, words).0, expected, "{code} {words}");
        }
    }

    #[test]
    fn rate_limits_empty_accounts_and_bad_keys_are_told_apart() {
        let status = |status: u16, body: &str| of_status(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(status(400, "API_KEY_INVALID"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(401, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(403, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(503, ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(status(429, "insufficient_quota"), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(status(404, ""), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(status(429, "RESOURCE_EXHAUSTED"), (ProviderFailure::RateLimited, Retry::Soon));
        assert_eq!(
            status(429, "Resource has been exhausted (e.g. check quota)."),
            (ProviderFailure::RateLimited, Retry::RateOrQuota)
        );
        assert_eq!(
            status(429, "Quota exceeded, requests per minute"),
            (ProviderFailure::RateLimited, Retry::Soon)
        );
        let exceeded = |ids: &str| {
            let words = "You exceeded your current quota, please check your plan and billing details.";
            status(429, &format!(r#"{{"message": "{words}", "violations": [{ids}]}}"#))
        };
        let (minute, day) =
            (r#"{"quotaId": "RequestsPerMinutePerModel"}"#, r#"{"quotaId": "RequestsPerDay"}"#);
        assert_eq!(exceeded(minute), (ProviderFailure::RateLimited, Retry::Soon));
        for ids in [day, &format!("{minute}, {day}")] {
            assert_eq!(exceeded(ids), (ProviderFailure::QuotaExhausted, Retry::Never), "{ids}");
        }
        assert_eq!(
            status(429, "check your plan and billing"),
            (ProviderFailure::QuotaExhausted, Retry::Never)
        );
        assert_eq!(status(503, ""), (ProviderFailure::ProviderError, Retry::Soon));
    }
}
