//! When the next connection to a switch is tried. Pure.

/// Wait after the first loss, in ms.
const FIRST_MS: u64 = 250;
/// Longest wait after repeated losses, in ms.
const LAST_MS: u64 = 10_000;
/// Wait if only a person can fix the fault, in ms.
const LATE_MS: u64 = 60_000;
/// A connection that was up for this long, in ms, was a good one: the waits start from the beginning.
const STOOD_MS: u64 = 10_000;

/// When a switch is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Now: nothing speaks against it.
    AtOnce,
    /// As soon as a switch that is restarting may be back.
    Soon,
    /// Late: only a person can fix the fault, and a switch that is asked again and again locks us out.
    Late,
}

/// The wait between two tries. It doubles each time, and is shortened at random by up to a half, so that the servers of an
/// installation do not all reconnect at the same moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Returns the milliseconds until the next try.
    ///
    /// `stood_ms` is how long the lost connection was up. `luck` is a random number from 0 to 1.
    pub(crate) fn wait_ms(&mut self, retry: Retry, stood_ms: Option<u64>, luck: f64) -> u64 {
        if stood_ms.is_some_and(|stood_ms| stood_ms >= STOOD_MS) {
            self.failures = 0;
        }
        match retry {
            Retry::AtOnce => 0,
            Retry::Late => LATE_MS,
            Retry::Soon => {
                let whole_ms = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LAST_MS);
                self.failures = self.failures.saturating_add(1);
                let less = luck.clamp(0.0, 1.0) / 2.0;
                whole_ms - (whole_ms as f64 * less) as u64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_seconds() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.wait_ms(Retry::Soon, None, 0.0)).collect();
        assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    }

    #[test]
    fn waits_are_shortened_at_random_by_up_to_half() {
        for (luck, wait_ms) in [(0.0, 250), (0.5, 188), (1.0, 125), (7.0, 125)] {
            assert_eq!(Backoff::default().wait_ms(Retry::Soon, None, luck), wait_ms, "luck {luck}");
        }
    }

    #[test]
    fn only_a_stable_connection_resets_the_waits() {
        let mut backoff = Backoff { failures: 5 };
        assert_eq!(backoff.wait_ms(Retry::Soon, Some(9_999), 0.0), 8_000);
        assert_eq!(backoff.wait_ms(Retry::Soon, Some(10_000), 0.0), 250);
    }

    #[test]
    fn faults_that_need_a_person_wait_a_minute() {
        assert_eq!(Backoff::default().wait_ms(Retry::Late, None, 1.0), 60_000);
    }
}
