//! The meaning of the Live API's refusals and endings, and whether a retry is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai_live::{Report, ServerEvent};
use http::StatusCode;

use crate::assistant::openai::failures::{as_event, refused_with};
use crate::assistant::remote::loss::{Refusals, kept_words};
use crate::assistant::remote::{Loss, Retry};

/// The server's refusals and close codes.
pub(super) const REFUSALS: Refusals = Refusals { of_close, of_status };

/// Returns the failure that a code or a type names.
fn of_code(code: &str) -> Option<ProviderFailure> {
    Some(match code {
        "rate_limit_exceeded" | "rate_limit_error" | "too_many_requests" => ProviderFailure::RateLimited,
        "insufficient_quota" | "billing_hard_limit_reached" | "quota_exceeded" => {
            ProviderFailure::QuotaExhausted
        }
        "invalid_api_key" | "authentication_error" | "permission_error" | "permission_denied" => {
            ProviderFailure::Unauthorized
        }
        "invalid_model" | "model_not_found" => ProviderFailure::UnknownModel,
        "session_expired" => ProviderFailure::SessionExpired,
        "server_error"
        | "internal_error"
        | "internal_server_error"
        | "overloaded"
        | "service_unavailable" => ProviderFailure::ProviderError,
        "invalid_request_error" => ProviderFailure::BadProtocol,
        _ => return None,
    })
}

const fn retry_of(failure: ProviderFailure) -> Retry {
    match failure {
        ProviderFailure::RateLimited
        | ProviderFailure::ProviderError
        | ProviderFailure::SessionExpired
        | ProviderFailure::Disconnected => Retry::Soon,
        _ => Retry::Never,
    }
}

fn failure_of(report: &Report) -> ProviderFailure {
    of_code(&report.code).or_else(|| of_code(&report.kind)).unwrap_or(ProviderFailure::ProviderError)
}

/// Returns the words of an error.
pub(super) fn words_of(report: &Report) -> String {
    let code = if report.code.is_empty() { &report.kind } else { &report.code };
    match (kept_words(code).as_str(), kept_words(&report.message).as_str()) {
        ("", "") => "the provider gives no reason".to_owned(),
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    }
}

/// Returns the loss that an error before the session's start announces.
pub(super) fn loss_of(report: &Report) -> Loss {
    let failure = failure_of(report);
    Loss::new(failure, words_of(report), retry_of(failure))
}

/// Returns the loss for the end of a session, by its reason.
pub(super) fn loss_of_end(reason: &str) -> Loss {
    let (failure, retry) = match reason {
        "expired" => (ProviderFailure::SessionExpired, Retry::Soon),
        // A content filter has ended it: the next turn of this call may pass it.
        "content" => (ProviderFailure::ProviderError, Retry::Soon),
        // `close_requested`, `remote_hangup`, `connection_lost`.
        _ => (ProviderFailure::Disconnected, Retry::Soon),
    };
    Loss::new(failure, format!("the provider has ended the session: {}", kept_words(reason)), retry)
}

fn of_close(code: u16, _: &str) -> (ProviderFailure, Retry) {
    match code {
        1008 => (ProviderFailure::Unauthorized, Retry::Never),
        1002 | 1003 | 1007 => (ProviderFailure::BadProtocol, Retry::Never),
        1011 => (ProviderFailure::ProviderError, Retry::Soon),
        // "Try again later": it is at capacity.
        1013 => (ProviderFailure::RateLimited, Retry::Soon),
        _ => (ProviderFailure::Disconnected, Retry::Soon),
    }
}

fn of_status(status: StatusCode, body: &str) -> (ProviderFailure, Retry) {
    // The body has the shape of an `error` event.
    let said = match ServerEvent::parse(&as_event(body)) {
        Ok(ServerEvent::Error(report)) => of_code(&report.code).or_else(|| of_code(&report.kind)),
        _ => None,
    };
    refused_with(status, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_the_failure_and_whether_to_retry() {
        let status = |status: u16, body: &str| of_status(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(status(401, "{}"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(status(404, ""), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(status(503, ""), (ProviderFailure::ProviderError, Retry::Soon));
        let slow = r#"{"error":{"code":"rate_limit_exceeded","message":"slow down"}}"#;
        assert_eq!(status(429, slow), (ProviderFailure::RateLimited, Retry::Soon));
        let broke = r#"{"error":{"type":"insufficient_quota","code":null}}"#;
        assert_eq!(status(429, broke), (ProviderFailure::QuotaExhausted, Retry::Never));
        assert_eq!(of_close(1013, ""), (ProviderFailure::RateLimited, Retry::Soon));
        assert_eq!(of_close(1008, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_close(1011, ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of_close(1012, ""), (ProviderFailure::Disconnected, Retry::Soon));
    }

    #[test]
    fn errors_before_a_session_and_session_ends_are_classified() {
        let of = |kind: &str, code: &str| {
            let report = Report { kind: kind.to_owned(), code: code.to_owned(), ..Report::default() };
            let loss = loss_of(&report);
            (loss.fault.failure, loss.retry)
        };
        let invalid = "invalid_request_error";
        assert_eq!(of(invalid, "rate_limit_exceeded"), (ProviderFailure::RateLimited, Retry::Soon));
        assert_eq!(of(invalid, "invalid_model"), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(of(invalid, "unknown_parameter"), (ProviderFailure::BadProtocol, Retry::Never));
        assert_eq!(of("server_error", ""), (ProviderFailure::ProviderError, Retry::Soon));
        assert_eq!(of("", "").1, Retry::Soon);
        assert_eq!(loss_of_end("expired").fault.failure, ProviderFailure::SessionExpired);
        assert_eq!(loss_of_end("content").fault.failure, ProviderFailure::ProviderError);
        assert_eq!(loss_of_end("remote_hangup").fault.failure, ProviderFailure::Disconnected);
    }
}
