//! Rate limit of a party's keys.
//!
//! It is the one limit for every kind of leg and link, in front of the call's machine: a switch passes on everything that a
//! phone sends, and a phone sends SIP INFO as fast as it likes.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_schema::ids::LegId;
use cordboard_schema::limits::KEYS_PER_S_MAX;
use tokio::time::Instant;
use tracing::warn;

/// Counts keys by the second and by their reporter: a leg, or the control link if there is none.
#[derive(Debug, Default)]
pub(super) struct KeyRates(BTreeMap<Option<LegId>, KeyRate>);

#[derive(Debug)]
struct KeyRate {
    second_began: Instant,
    keys: u32,
    /// It was said in the log that there are too many.
    is_told: bool,
}

impl KeyRates {
    /// Whether one more of this source is taken now.
    pub(super) fn admits(&mut self, leg: Option<LegId>, now: Instant) -> bool {
        let begins = || KeyRate { second_began: now, keys: 0, is_told: false };
        let rate = self.0.entry(leg).or_insert_with(begins);
        if now.duration_since(rate.second_began) >= Duration::from_secs(1) {
            (rate.second_began, rate.keys) = (now, 0);
        }
        rate.keys += 1;
        let is_admitted = rate.keys <= KEYS_PER_S_MAX;
        if !is_admitted && !std::mem::replace(&mut rate.is_told, true) {
            warn!(
                keys_per_s_max = KEYS_PER_S_MAX,
                "more keys than anybody presses: those beyond are passed over"
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
    fn each_source_has_a_second_of_its_own() {
        let mut rates = KeyRates::default();
        let began = Instant::now();
        let mut admitted = |leg: Option<u64>, after_ms: u64, presses: u32| {
            let now = began + Duration::from_millis(after_ms);
            (0..presses).filter(|_| rates.admits(leg.map(LegId), now)).count()
        };
        assert_eq!(admitted(Some(1), 0, 60), 50);
        assert_eq!(admitted(Some(1), 999, 1), 0);
        assert_eq!(admitted(Some(2), 999, 1), 1, "an agent's leg");
        assert_eq!(admitted(None, 999, 60), 50, "the switch's word");
        assert_eq!(admitted(Some(1), 1_000, 60), 50);
    }
}
