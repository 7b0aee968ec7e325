//! How fast a program may send: a limited number of messages a second. More are refused, and a flood closes the socket. Pure.

use std::time::Duration;

use cordboard_schema::limits::{CONTROL_MESSAGES_PER_S_MAX, CONTROL_REFUSED_MAX};
use tokio::time::Instant;

/// Result for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is taken.
    Admitted,
    /// It is refused.
    Refused,
    /// Too many were refused: the socket is closed.
    Flood,
}

/// Recent messages of a socket.
#[derive(Debug)]
pub(super) struct Pace {
    /// Messages that may come now; the number grows over time, up to a second's.
    allowed: f64,
    at: Instant,
    /// Refused messages since the last second without any.
    refused: u32,
    refused_at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { allowed: f64::from(CONTROL_MESSAGES_PER_S_MAX), at: now, refused: 0, refused_at: now }
    }

    /// Counts a message that comes now.
    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        let per_s = f64::from(CONTROL_MESSAGES_PER_S_MAX);
        let passed = now.duration_since(self.at).as_secs_f64();
        self.at = now;
        self.allowed = (self.allowed + passed * per_s).min(per_s);
        if self.allowed >= 1.0 {
            self.allowed -= 1.0;
            return Admission::Admitted;
        }
        if now.duration_since(self.refused_at) >= Duration::from_secs(1) {
            self.refused = 0;
        }
        self.refused_at = now;
        self.refused += 1;
        if self.refused > CONTROL_REFUSED_MAX { Admission::Flood } else { Admission::Refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_messages_may_burst_before_the_rate_applies() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        let admitted =
            |pace: &mut Pace, at, count| (0..count).filter(|_| pace.admit(at) == Admission::Admitted).count();
        assert_eq!(admitted(&mut pace, began, 60), 50);
        assert_eq!(admitted(&mut pace, began + Duration::from_millis(200), 60), 10);
        assert_eq!(admitted(&mut pace, began + Duration::from_secs(60), 60), 50, "no more than a second's");
    }

    #[test]
    fn flooding_programs_are_distinguished_from_pausing_ones() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        let mut at = began;
        // Twice a second's messages at once, and a rest: for ever.
        for _ in 0..20 {
            let outcomes: Vec<_> = (0..100).map(|_| pace.admit(at)).collect();
            assert!(!outcomes.contains(&Admission::Flood));
            at += Duration::from_secs(3);
        }
        let outcomes: Vec<_> = (0..1_000).map(|_| pace.admit(at)).collect();
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Admission::Refused).count(), 200);
        assert_eq!(outcomes.last(), Some(&Admission::Flood));
    }
}
