//! Sessions with a provider that were lost one after the other. A provider that accepts each session and serves the caller in none is given
//! up: reconnecting succeeds each time, so the limits of an outage never end it.

/// Sessions in a row, lost without success between them, after which the provider is given up.
pub(in crate::assistant) const LOSSES_MAX: u32 = 3;
/// The same, if another assistant can serve the call: the next voice of its chain, or the standby that this one has replaced.
pub(in crate::assistant) const LOSSES_WITH_OTHER_MAX: u32 = 2;

/// The number of sessions that were lost since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::assistant) struct LossesInARow(u32);

impl LossesInARow {
    /// Notes one more loss.
    pub(in crate::assistant) fn add(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    /// Notes a success: losses are counted again from zero.
    pub(in crate::assistant) fn reset(&mut self) {
        self.0 = 0;
    }

    /// Returns whether there were this many.
    pub(in crate::assistant) fn reach(self, max: u32) -> bool {
        self.0 >= max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_losses_without_success_between_them_reach_the_limit() {
        let mut losses = LossesInARow::default();
        losses.add();
        assert!(!losses.reach(LOSSES_WITH_OTHER_MAX));
        losses.add();
        assert!(losses.reach(LOSSES_WITH_OTHER_MAX) && !losses.reach(LOSSES_MAX));
        losses.reset();
        for _ in 1..LOSSES_MAX {
            losses.add();
            assert!(!losses.reach(LOSSES_MAX));
        }
        losses.add();
        assert!(losses.reach(LOSSES_MAX));
    }
}
