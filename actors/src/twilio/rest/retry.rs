//! Whether a request is sent again, and what its failure means. Pure.
//!
//! A request that was refused for too many requests (429) was not done, and one that found no connection did not arrive. Both are
//! sent again, whatever they are. If no answer arrived, or it reports a failure of Twilio's own, nobody knows whether the request
//! was done. It is sent again only if it may be done twice.

use cordboard_schema::limits::{TWILIO_RETRY_AFTER_S_MAX, TWILIO_TRIES_MAX};
use cordboard_schema::wire::twilio::rest::{BadAnswer, RestError, RestErrorKind};

use crate::switches::{Backoff, Retry};

/// Outcome of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// There was an answer.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<String>,
        /// The body, cut after the most that is read.
        body: Vec<u8>,
    },
    /// No connection was made: nothing was sent.
    NoConnection(String),
    /// It was sent, and there was no answer, or only part of one.
    NoAnswer(String),
}

/// Why it is not known that a request was done.
#[derive(Debug, thiserror::Error)]
pub enum RestFault {
    /// Twilio refused it: nothing was done.
    #[error(transparent)]
    Refused(#[from] RestError),
    /// It did not reach Twilio: nothing was done.
    #[error("Twilio can't be reached: {0}; check the network, and twilio.api_base_url")]
    Unreachable(String),
    /// It may have been done. A request that creates something is not sent twice.
    #[error("unknown outcome: Twilio got the request and did not answer what it did: {0}")]
    Unknown(String),
    /// It was done, and its answer can't be read.
    #[error(transparent)]
    Answer(#[from] BadAnswer),
    /// Too many requests wait: it was not sent.
    #[error("too many requests to Twilio are waiting")]
    Full,
    /// The server is going down.
    #[error("requests to Twilio are no longer accepted: the server is shutting down")]
    Closed,
}

impl RestFault {
    /// Returns whether the call that was to be changed is over, so that the change is pointless.
    pub fn is_call_over(&self) -> bool {
        matches!(self, Self::Refused(error) if matches!(error.kind, RestErrorKind::CallEnded | RestErrorKind::NotFound))
    }

    /// Returns whether the same request may succeed later. A token that is refused may be one that somebody is changing.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Refused(error) => {
                matches!(
                    error.kind,
                    RestErrorKind::Unauthorized | RestErrorKind::TooMany | RestErrorKind::Failed
                )
            }
            Self::Unreachable(_) | Self::Unknown(_) | Self::Full => true,
            Self::Answer(_) | Self::Closed => false,
        }
    }

    /// Returns whether it is certain that nothing was done.
    pub fn did_nothing(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unreachable(_) | Self::Full | Self::Closed => true,
            Self::Unknown(_) | Self::Answer(_) => false,
        }
    }
}

/// Decision after a try.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The answer.
    Done(Vec<u8>),
    /// Try again after a wait.
    Again {
        /// The wait in milliseconds.
        wait_ms: u64,
    },
    /// Give up.
    Failed(RestFault),
}

/// The tries of one request.
#[derive(Debug)]
pub(super) struct Tries {
    repeatable: bool,
    count: u32,
    backoff: Backoff,
}

impl Tries {
    /// Starts without a try. `repeatable` says whether the request may be done twice.
    pub(super) fn none(repeatable: bool) -> Self {
        Self { repeatable, count: 0, backoff: Backoff::default() }
    }

    /// Returns the decision after one more try. `luck` is a random number from 0 to 1, for the wait.
    pub(super) fn judge(&mut self, tried: Tried, luck: f64) -> Verdict {
        self.count += 1;
        let (fault, may_repeat) = match tried {
            Tried::Answered { status: 200..=299, body, .. } => return Verdict::Done(body),
            Tried::Answered { status, retry_after, body } => {
                let error = RestError::read(status, retry_after.as_deref(), &body);
                if error.did_nothing() {
                    let wait_s = error.retry_after_s.unwrap_or_default();
                    return self.again(RestFault::Refused(error), wait_s, luck);
                }
                match error.kind {
                    RestErrorKind::Failed if self.repeatable => (RestFault::Refused(error), true),
                    RestErrorKind::Failed => (RestFault::Unknown(error.to_string()), false),
                    _ => (RestFault::Refused(error), false),
                }
            }
            Tried::NoConnection(why) => (RestFault::Unreachable(why), true),
            Tried::NoAnswer(why) => (RestFault::Unknown(why), self.repeatable),
        };
        if may_repeat { self.again(fault, 0, luck) } else { Verdict::Failed(fault) }
    }

    /// Tries again after at least `wait_s` seconds, unless there were enough tries or the wait is too long.
    fn again(&mut self, fault: RestFault, wait_s: u64, luck: f64) -> Verdict {
        if self.count >= TWILIO_TRIES_MAX || wait_s > TWILIO_RETRY_AFTER_S_MAX {
            return Verdict::Failed(fault);
        }
        let backoff_ms = self.backoff.wait_ms(Retry::Soon, None, luck);
        // Clients that were refused at the same moment come back at different times.
        Verdict::Again { wait_ms: wait_s * 1_000 + backoff_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Tried {
        Tried::Answered { status, retry_after: None, body: body.into() }
    }

    /// Returns the waits of a request that gets this answer every time, and the fault that it ends with.
    fn waits(repeatable: bool, tried: &Tried) -> (Vec<u64>, RestFault) {
        let (mut tries, mut waits) = (Tries::none(repeatable), Vec::new());
        loop {
            match tries.judge(tried.clone(), 0.0) {
                Verdict::Again { wait_ms } => waits.push(wait_ms),
                Verdict::Failed(fault) => return (waits, fault),
                Verdict::Done(_) => panic!("the request was done"),
            }
        }
    }

    #[test]
    fn every_rate_limited_request_is_retried_with_growing_waits() {
        for repeatable in [true, false] {
            let (waits, fault) = waits(repeatable, &answered(429, ""));
            assert_eq!(waits, [250, 500, 1_000, 2_000]);
            assert!(matches!(fault, RestFault::Refused(error) if error.kind == RestErrorKind::TooMany));
        }
    }

    #[test]
    fn a_retry_after_is_kept_unless_too_long() {
        let too_many = |after: &str| Tried::Answered {
            status: 429,
            retry_after: Some(after.to_owned()),
            body: br#"{"code":20429,"message":"Too Many Requests","status":429}"#.to_vec(),
        };
        let wait = Tries::none(false).judge(too_many("3"), 0.0);
        assert!(matches!(wait, Verdict::Again { wait_ms: 3_250 }), "{wait:?}");
        let refused = Tries::none(false).judge(too_many("3600"), 0.0);
        assert!(matches!(refused, Verdict::Failed(RestFault::Refused(_))), "{refused:?}");
    }

    #[test]
    fn a_create_is_not_retried_when_its_outcome_is_unknown() {
        for tried in [answered(500, ""), answered(503, "<html>"), Tried::NoAnswer("timed out".to_owned())] {
            let (waits_of_create, fault) = waits(false, &tried);
            assert_eq!(waits_of_create, [0; 0], "{tried:?}");
            assert!(matches!(fault, RestFault::Unknown(_)) && !fault.did_nothing(), "{fault}");
            assert_eq!(waits(true, &tried).0.len(), 4, "{tried:?}");
        }
    }

    #[test]
    fn requests_without_a_connection_are_retried_and_did_nothing() {
        let (waits, fault) = waits(false, &Tried::NoConnection("refused".to_owned()));
        assert_eq!(waits.len(), 4);
        assert!(fault.did_nothing(), "{fault}");
    }

    #[test]
    fn a_refusal_is_final_and_says_what_it_means() {
        let table = [
            (401, 20003, RestErrorKind::Unauthorized),
            (404, 20404, RestErrorKind::NotFound),
            (400, 21220, RestErrorKind::CallEnded),
            (400, 21211, RestErrorKind::BadNumber),
            (400, 21608, RestErrorKind::NotPermitted),
            (400, 21610, RestErrorKind::OptedOut),
            (400, 12345, RestErrorKind::Refused),
        ];
        for (status, code, kind) in table {
            let (waits, fault) = waits(true, &answered(status, &format!(r#"{{"code":{code}}}"#)));
            assert_eq!(waits, [0; 0], "{code}");
            let is_over = matches!(kind, RestErrorKind::NotFound | RestErrorKind::CallEnded);
            assert_eq!(fault.is_call_over(), is_over, "{code}");
            assert!(matches!(fault, RestFault::Refused(error) if error.kind == kind), "{code}");
        }
    }
}
