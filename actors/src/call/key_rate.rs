//! The rate limit of a party's keys.
//!
//! This single limit applies to every kind of leg and link, before the call's machine: a switch passes on everything
//! that a phone sends, and a phone can send SIP INFO as fast as it likes.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_schema::ids::LegId;
use cordboard_schema::limits::KEYS_PER_S_MAX;
use tokio::time::Instant;
use tracing::warn;

/// Counts keys per second and source: a leg, or the control link if there is no leg.
#[derive(Debug, Default)]
pub(super) struct KeyRates(BTreeMap<Option<LegId>, KeyRate>);

#[derive(Debug)]
struct KeyRate {
    second_began: Instant,
    keys: u32,
    /// Whether it was logged that there are too many.
    is_logged: bool,
}

impl KeyRates {
    /// Whether one more key of this source is accepted now.
    pub(super) fn admits(&mut self, leg: Option<LegId>, now: Instant) -> bool {
        let begins = || KeyRate { second_began: now, keys: 0, is_logged: false };
        let rate = self.0.entry(leg).or_insert_with(begins);
        if now.duration_since(rate.second_began) >= Duration::from_secs(1) {
            (rate.second_began, rate.keys) = (now, 0);
        }
        rate.keys += 1;
        let is_admitted = rate.keys <= KEYS_PER_S_MAX;
        if !is_admitted && !std::mem::replace(&mut rate.is_logged, true) {
            warn!(
                keys_per_s_max = KEYS_PER_S_MAX,
                "more keys than a person can press: the excess is ignored"
            );
        }
        is_admitted
    }

    /// The leg is gone.
    pub(super) fn forget(&mut self, leg: LegId) {
        self.0.remove(&Some(leg));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_its_own_limit() {
        let mut rates = KeyRates::default();
        let began = Instant::now();
        let mut admitted = |leg: Option<u64>, after_ms: u64, presses: u32| {
            let now = began + Duration::from_millis(after_ms);
            (0..presses).filter(|_| rates.admits(leg.map(LegId), now)).count()
        };
        assert_eq!(admitted(Some(1), 0, 60), 50);
        assert_eq!(admitted(Some(1), 999, 1), 0);
        assert_eq!(admitted(Some(2), 999, 1), 1, "an agent's leg");
        assert_eq!(admitted(None, 999, 60), 50, "reported by the switch");
        assert_eq!(admitted(Some(1), 1_000, 60), 50);
    }
}
