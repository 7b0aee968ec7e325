//! How long a client may take for its requests on one connection. Pure: the time is an argument.
//!
//! ```text
//! Quiet ──first byte──> Head ──complete──> Body ──last byte──> Whole ──answered──> Quiet
//!   5 s at first,         5 s               10 s, more for what        no limit
//!   15 s between requests                   comes steadily
//! ```
//! A client that closes its side while it is being answered has 1 s for the rest of its answer.

use std::time::Duration;

use cordboard_schema::limits::{
    HTTP_BODY_BYTES_PER_S_MIN, HTTP_CLOSED_MS_MAX, HTTP_GOODBYE_MS_MAX, HTTP_IDLE_MS_MAX,
    HTTP_REQUEST_MS_MAX, HTTP_UPLOAD_MS_MAX, HTTP_WHOLE_REQUEST_MS_MAX,
};
use tokio::time::Instant;

use super::admission::Standing;

/// Whether a request has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bodied {
    /// It has one, or declares one.
    Yes,
    /// It has none.
    No,
}

/// The part of the traffic for which a client takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// A request that has begun: its client gets an answer.
    Request,
    /// The next request on a connection that has had one: the connection is just closed.
    Next,
    /// The rest of a request that has been answered, or of an answer whose client has closed its side.
    Rest,
}

/// State of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conduct(Phase);

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// It has sent nothing since the connection was opened.
    Opened { at: Instant },
    /// Its requests are answered, and no byte of another has come.
    Quiet { since: Instant },
    /// The head of a request is coming. For the first request the time counts from the connection's opening.
    Head { since: Instant, first_byte: Instant },
    /// The body of a request is coming.
    Body { first_byte: Instant, bytes: u64 },
    /// The request is answered, but not all of its body has come.
    Rest { since: Instant, until: Instant },
    /// The request is complete.
    Whole,
    /// It is complete, and the client has closed its side.
    Closed { at: Instant },
    /// It is a WebSocket.
    Socket,
}

/// How long a new connection may take for its first byte once the server stops: clients send their request at once.
const FIRST_BYTE_WITHIN: Duration = Duration::from_millis(250);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How long a request may take if this many bytes of its body have come.
fn whole_request(bytes: u64) -> Duration {
    let earned_ms = bytes.saturating_mul(1_000) / HTTP_BODY_BYTES_PER_S_MIN;
    ms(HTTP_WHOLE_REQUEST_MS_MAX.saturating_add(earned_ms).min(HTTP_UPLOAD_MS_MAX))
}

impl Conduct {
    /// Starts for a connection opened now.
    pub(super) fn opened(now: Instant) -> Self {
        Self(Phase::Opened { at: now })
    }

    /// Notes bytes that have come.
    pub(super) fn came(&mut self, bytes: u64, now: Instant) {
        match &mut self.0 {
            Phase::Opened { at } => self.0 = Phase::Head { since: *at, first_byte: now },
            Phase::Quiet { .. } => self.0 = Phase::Head { since: now, first_byte: now },
            Phase::Body { bytes: so_far, .. } => *so_far = so_far.saturating_add(bytes),
            Phase::Head { .. } | Phase::Rest { .. } | Phase::Whole | Phase::Closed { .. } | Phase::Socket => {
            }
        }
    }

    /// Notes that the client has closed its side: no more bytes come.
    pub(super) fn closed(&mut self, now: Instant) {
        if matches!(self.0, Phase::Whole) {
            self.0 = Phase::Closed { at: now };
        }
    }

    /// Notes that the head of a request is complete.
    pub(super) fn head_came(&mut self, bodied: Bodied, now: Instant) {
        self.0 = match (bodied, self.0) {
            (Bodied::No, _) => Phase::Whole,
            (Bodied::Yes, Phase::Head { first_byte, .. }) => Phase::Body { first_byte, bytes: 0 },
            // It came together with the previous one.
            (Bodied::Yes, _) => Phase::Body { first_byte: now, bytes: 0 },
        };
    }

    /// Notes that the body of the request is complete.
    pub(super) fn body_ended(&mut self) {
        if matches!(self.0, Phase::Body { .. }) {
            self.0 = Phase::Whole;
        }
    }

    /// Notes that the request is answered.
    pub(super) fn answered(&mut self, now: Instant) {
        self.0 = match self.0 {
            Phase::Body { first_byte, bytes } => {
                let goodbye = now + ms(HTTP_GOODBYE_MS_MAX);
                Phase::Rest { since: now, until: goodbye.max(first_byte + whole_request(bytes)) }
            }
            Phase::Socket => Phase::Socket,
            _ => Phase::Quiet { since: now },
        };
    }

    /// Notes that it has become a WebSocket.
    pub(super) fn upgraded(&mut self) {
        self.0 = Phase::Socket;
    }

    /// Whether the client has closed its side while it is being answered.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.0, Phase::Closed { .. })
    }

    /// Whether a request is running: its head has come and its answer has not ended.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.0, Phase::Body { .. } | Phase::Whole | Phase::Closed { .. })
    }

    /// Whether it is a WebSocket.
    pub(super) fn is_socket(&self) -> bool {
        matches!(self.0, Phase::Socket)
    }

    /// The deadline of the body, while a request is being answered whose body has not come.
    pub(super) fn body_until(&self) -> Option<Instant> {
        match self.0 {
            Phase::Body { first_byte, bytes } => Some(first_byte + whole_request(bytes)),
            _ => None,
        }
    }

    /// The deadline, and what is late then, if nothing else watches it.
    pub(super) fn deadline(&self) -> Option<(Instant, Late)> {
        match self.0 {
            Phase::Opened { at } => Some((at + ms(HTTP_REQUEST_MS_MAX), Late::Request)),
            Phase::Head { since, .. } => Some((since + ms(HTTP_REQUEST_MS_MAX), Late::Request)),
            Phase::Quiet { since } => Some((since + ms(HTTP_IDLE_MS_MAX), Late::Next)),
            Phase::Rest { until, .. } => Some((until, Late::Rest)),
            Phase::Closed { at } => Some((at + ms(HTTP_CLOSED_MS_MAX), Late::Rest)),
            Phase::Body { .. } | Phase::Whole | Phase::Socket => None,
        }
    }

    /// When the connection closes once the server stops. `None` while a request is running: the connection closes when it is answered.
    pub(super) fn leaves_at(&self, now: Instant) -> Option<Instant> {
        match self.0 {
            Phase::Opened { at } => Some(at + FIRST_BYTE_WITHIN),
            Phase::Quiet { .. } | Phase::Rest { .. } | Phase::Socket => Some(now),
            Phase::Head { .. } | Phase::Body { .. } | Phase::Whole | Phase::Closed { .. } => None,
        }
    }

    /// State of the connection among the others.
    pub(super) fn standing(&self) -> Standing {
        match self.0 {
            Phase::Opened { at } => Standing::Waiting(at),
            Phase::Head { since, .. } | Phase::Quiet { since } | Phase::Rest { since, .. } => {
                Standing::Waiting(since)
            }
            Phase::Body { first_byte, .. } => Standing::Waiting(first_byte),
            Phase::Whole | Phase::Closed { .. } => Standing::AtWork,
            Phase::Socket => Standing::Socket,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> (Conduct, Instant) {
        let now = Instant::now();
        (Conduct::opened(now), now)
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_slow_first_head_has_5_s_from_the_opening() {
        let (mut conduct, opened) = start();
        let until = Some((opened + s(5), Late::Request));
        assert_eq!(conduct.deadline(), until);
        for second in 1..5 {
            conduct.came(1, opened + s(second));
            assert_eq!(conduct.deadline(), until);
        }
    }

    #[test]
    fn a_later_head_has_5_s_from_its_first_byte() {
        let (mut conduct, opened) = start();
        conduct.came(99, opened);
        conduct.head_came(Bodied::No, opened);
        assert_eq!((conduct.deadline(), conduct.standing()), (None, Standing::AtWork));
        conduct.answered(opened + s(1));
        assert_eq!(conduct.deadline(), Some((opened + s(16), Late::Next)));
        conduct.came(1, opened + s(9));
        conduct.came(1, opened + s(13));
        assert_eq!(conduct.deadline(), Some((opened + s(14), Late::Request)));
    }

    #[test]
    fn a_body_has_10_s_from_its_requests_first_byte() {
        let (mut conduct, opened) = start();
        conduct.came(99, opened + s(1));
        conduct.head_came(Bodied::Yes, opened + s(4));
        assert_eq!(conduct.body_until(), Some(opened + s(11)));
        conduct.came(1, opened + s(9));
        assert_eq!(conduct.body_until(), Some(opened + s(11)));
        assert_eq!(conduct.standing(), Standing::Waiting(opened + s(1)), "it may be closed to make room");
        conduct.body_ended();
        assert_eq!((conduct.body_until(), conduct.standing()), (None, Standing::AtWork));
    }

    #[test]
    fn a_steady_upload_continues_up_to_a_limit() {
        let (mut conduct, opened) = start();
        conduct.came(99, opened);
        conduct.head_came(Bodied::Yes, opened);
        for second in 1..=30 {
            let now = opened + s(second);
            assert!(conduct.body_until().unwrap() > now, "{second}");
            conduct.came(HTTP_BODY_BYTES_PER_S_MIN, now);
        }
        assert_eq!(conduct.body_until(), Some(opened + s(40)));
        conduct.came(u64::MAX, opened + s(31));
        assert_eq!(conduct.body_until(), Some(opened + ms(HTTP_UPLOAD_MS_MAX)));
    }

    #[test]
    fn a_client_answered_before_its_body_has_limited_time() {
        let (mut conduct, opened) = start();
        conduct.came(99, opened);
        conduct.head_came(Bodied::Yes, opened);
        conduct.answered(opened + s(1));
        assert_eq!(conduct.deadline(), Some((opened + s(10), Late::Rest)));
        let (mut late, opened) = start();
        late.head_came(Bodied::Yes, opened);
        late.answered(opened + s(10));
        assert_eq!(late.deadline(), Some((opened + s(12), Late::Rest)));
    }

    #[test]
    fn a_half_closed_client_has_1_s_for_its_answer() {
        let (mut conduct, opened) = start();
        conduct.came(99, opened);
        conduct.head_came(Bodied::No, opened);
        conduct.closed(opened + s(3));
        conduct.closed(opened + s(4));
        assert_eq!(conduct.deadline(), Some((opened + s(4), Late::Rest)));
        assert_eq!(conduct.standing(), Standing::AtWork, "it makes no room until then");
    }

    #[test]
    fn a_websocket_has_no_deadline() {
        let (mut conduct, opened) = start();
        conduct.head_came(Bodied::Yes, opened);
        conduct.upgraded();
        conduct.came(1, opened + s(99));
        conduct.answered(opened + s(99));
        assert_eq!((conduct.deadline(), conduct.body_until()), (None, None));
        assert_eq!(conduct.standing(), Standing::Socket);
    }
}
