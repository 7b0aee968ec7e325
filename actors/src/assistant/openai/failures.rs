//! The meaning of a connection's end, and whether a reconnect is worthwhile.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai::ServerEvent;
use http::StatusCode;

use super::session::failure_of;
use crate::assistant::remote::Retry;
use crate::assistant::remote::loss::Refusals;

/// OpenAI's refusals and close codes.
pub(super) const REFUSALS: Refusals = Refusals { of_close, of_status };

fn of_close(code: u16, _: &str) -> (ProviderFailure, Retry) {
    match code {
        1001 | 1005 | 1006 | 1012 | 1013 | 1015 => (ProviderFailure::Disconnected, Retry::Soon),
        1011 => (ProviderFailure::ProviderError, Retry::Soon),
        1008 => (ProviderFailure::Unauthorized, Retry::Never),
        _ => (ProviderFailure::Disconnected, Retry::Never),
    }
}

/// Returns what a status other than 101 means, as the answer to the WebSocket request.
fn of_status(status: StatusCode, body: &str) -> (ProviderFailure, Retry) {
    // The body has the shape of an `error` event.
    let said = match ServerEvent::parse(&as_event(body)) {
        Ok(ServerEvent::Error(report)) => Some(failure_of(&report)),
        _ => None,
    };
    refused_with(status, said)
}

/// Returns what this status with this body means.
pub(in crate::assistant) fn refused_with(
    status: StatusCode,
    said: Option<ProviderFailure>,
) -> (ProviderFailure, Retry) {
    let failure = match status.as_u16() {
        _ if said == Some(ProviderFailure::QuotaExhausted) => ProviderFailure::QuotaExhausted,
        401 | 403 => ProviderFailure::Unauthorized,
        400 | 404 => ProviderFailure::UnknownModel,
        402 => ProviderFailure::QuotaExhausted,
        429 => ProviderFailure::RateLimited,
        500.. => ProviderFailure::ProviderError,
        _ => ProviderFailure::BadProtocol,
    };
    let retry = match failure {
        ProviderFailure::RateLimited | ProviderFailure::ProviderError => Retry::Soon,
        _ => Retry::Never,
    };
    (failure, retry)
}

/// Wraps `{"error":{...}}` as an event, so that it is parsed by the same rules.
pub(in crate::assistant) fn as_event(body: &str) -> String {
    match body.trim_start().strip_prefix('{') {
        Some(rest) => format!(r#"{{"type":"error",{rest}"#),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;

    use super::*;

    fn of_status(status: u16, body: &str) -> (ProviderFailure, Retry) {
        let loss = REFUSALS.loss_of_status(StatusCode::from_u16(status).unwrap(), body);
        (loss.fault.failure, loss.retry)
    }

    #[test]
    fn a_refusal_is_one_of_the_failures_that_are_counted() {
        assert_eq!(of_status(401, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_status(403, "forbidden"), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_status(404, "{}"), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(of_status(503, "later"), (ProviderFailure::ProviderError, Retry::Soon));
        let slow = r#"{"error":{"code":"rate_limit_exceeded","message":"slow down"}}"#;
        assert_eq!(of_status(429, slow), (ProviderFailure::RateLimited, Retry::Soon));
        let broke = r#"{"error":{"type":"insufficient_quota","code":null}}"#;
        assert_eq!(of_status(429, broke), (ProviderFailure::QuotaExhausted, Retry::Never));
    }

    #[test]
    fn a_close_code_tells_whether_to_retry() {
        let of = |code: u16| {
            let loss = REFUSALS.loss_of_close(Some(&CloseFrame { code: code.into(), reason: "x".into() }));
            (loss.fault.failure, loss.retry)
        };
        for code in [1001, 1011, 1012, 1013] {
            assert_eq!(of(code).1, Retry::Soon, "{code}");
        }
        for code in [1000, 1008, 4000, 4999] {
            assert_eq!(of(code).1, Retry::Never, "{code}");
        }
        assert_eq!(of(1008).0, ProviderFailure::Unauthorized);
        assert_eq!(of(1011).0, ProviderFailure::ProviderError);
        for code in [1000, 1001, 1012, 1013, 4000] {
            assert_eq!(of(code).0, ProviderFailure::Disconnected, "{code}");
        }
        assert_eq!(REFUSALS.loss_of_close(None).retry, Retry::Soon);
    }
}
