//! What the end of a connection means, and whether another one is worth an attempt.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai::ServerEvent;
use http::StatusCode;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::super::session::{Loss, Retry, failure_of};
use crate::assistant::provider::ProviderFault;

/// Characters of a refusal's body that the journal keeps.
const BODY_CHARS_MAX: usize = 300;

fn loss(failure: ProviderFailure, reason: String, retry: Retry) -> Loss {
    Loss { fault: ProviderFault::new(failure, reason), retry }
}

/// The provider closed the connection.
pub(super) fn loss_of_close(frame: Option<&CloseFrame>) -> Loss {
    let Some(frame) = frame else {
        let reason = "the provider closed the connection without a reason".to_owned();
        return loss(ProviderFailure::Disconnected, reason, Retry::Soon);
    };
    let code = u16::from(frame.code);
    let words: String = frame.reason.chars().take(BODY_CHARS_MAX).collect();
    let reason = format!("the provider closed the connection: {code} {words}").trim_end().to_owned();
    match code {
        1001 | 1005 | 1006 | 1012 | 1013 | 1015 => loss(ProviderFailure::Disconnected, reason, Retry::Soon),
        1011 => loss(ProviderFailure::ProviderError, reason, Retry::Soon),
        1008 => loss(ProviderFailure::Unauthorized, reason, Retry::Never),
        _ => loss(ProviderFailure::Disconnected, reason, Retry::Never),
    }
}

/// The connection broke, or was refused.
pub(super) fn loss_of_error(error: &Error) -> Loss {
    match error {
        Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            loss_of_status(response.status(), &String::from_utf8_lossy(body))
        }
        Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_) => {
            // A connection that ends without a goodbye is one of these, too.
            let reason = format!("the connection to the provider broke: {error}");
            loss(ProviderFailure::Disconnected, reason, Retry::Soon)
        }
        Error::WriteBufferFull(_) => {
            let reason = "the provider takes nothing of what is sent".to_owned();
            loss(ProviderFailure::Disconnected, reason, Retry::Soon)
        }
        _ => {
            let reason = format!("the connection to the provider is lost: {error}");
            loss(ProviderFailure::Disconnected, reason, Retry::Soon)
        }
    }
}

/// The provider answered the request for a WebSocket with another status than 101.
fn loss_of_status(status: StatusCode, body: &str) -> Loss {
    let excerpt: String = body.chars().filter(|c| !c.is_control()).take(BODY_CHARS_MAX).collect();
    let reason = format!("the provider refused the connection: {status} {excerpt}").trim_end().to_owned();
    // The body has the shape of an `error` event.
    let said = match ServerEvent::parse(&as_event(body)) {
        Ok(ServerEvent::Error(report)) => Some(failure_of(&report)),
        _ => None,
    };
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
    loss(failure, reason, retry)
}

/// `{"error":{...}}` as an event, so that it is read by the same rules.
fn as_event(body: &str) -> String {
    match body.trim_start().strip_prefix('{') {
        Some(rest) => format!(r#"{{"type":"error",{rest}"#),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_status(status: u16, body: &str) -> (ProviderFailure, Retry) {
        let loss = loss_of_status(StatusCode::from_u16(status).unwrap(), body);
        (loss.fault.failure, loss.retry)
    }

    #[test]
    fn a_refusal_is_one_of_the_failures_that_are_counted() {
        assert_eq!(of_status(401, ""), (ProviderFailure::Unauthorized, Retry::Never));
        assert_eq!(of_status(404, "{}"), (ProviderFailure::UnknownModel, Retry::Never));
        assert_eq!(of_status(503, "later"), (ProviderFailure::ProviderError, Retry::Soon));
        let slow = r#"{"error":{"code":"rate_limit_exceeded","message":"slow down"}}"#;
        assert_eq!(of_status(429, slow), (ProviderFailure::RateLimited, Retry::Soon));
        let broke = r#"{"error":{"type":"insufficient_quota","code":null}}"#;
        assert_eq!(of_status(429, broke), (ProviderFailure::QuotaExhausted, Retry::Never));
    }

    #[test]
    fn a_close_code_says_whether_to_come_back() {
        let of = |code: u16| {
            let loss = loss_of_close(Some(&CloseFrame { code: code.into(), reason: "x".into() }));
            (loss.fault.failure, loss.retry)
        };
        for code in [1001, 1011, 1012, 1013] {
            assert_eq!(of(code).1, Retry::Soon, "{code}");
        }
        for code in [1000, 1008, 4000, 4999] {
            assert_eq!(of(code).1, Retry::Never, "{code}");
        }
        assert_eq!(of(1008).0, ProviderFailure::Unauthorized);
        assert_eq!(loss_of_close(None).retry, Retry::Soon);
    }
}
