//! The clock of a leg whose peer sends no ticks, and the measurements at its ticks.

use super::leg::Leg;
use crate::media::Playout;

/// Ticks between two counts of losses: one second.
const TICKS_A_COUNT: u64 = 50;

/// Ticks of 20 ms, each of which is measured.
#[derive(Debug)]
pub(crate) struct LegClock {
    playout: Playout,
    rounds: u64,
    ticks_dropped: u64,
    missed: u64,
}

impl LegClock {
    pub(crate) fn at_random_phase() -> Self {
        Self { playout: Playout::at_random_phase(), rounds: 0, ticks_dropped: 0, missed: 0 }
    }

    /// Waits for the next tick. Returns how many frames are due: 1, or up to 3 after a late wake-up.
    pub(crate) async fn tick(&mut self, leg: &Leg) -> u32 {
        let dropped_before = self.playout.ticks_dropped();
        let due = self.playout.tick().await;
        self.missed = self.playout.ticks_dropped() - dropped_before;
        leg.meters.tick_late(self.playout.late());
        self.rounds += 1;
        if self.rounds.is_multiple_of(TICKS_A_COUNT) {
            leg.count_ear();
            leg.meters.ticks_dropped(self.playout.ticks_dropped() - self.ticks_dropped);
            self.ticks_dropped = self.playout.ticks_dropped();
        }
        due
    }

    /// Returns the number of ticks, before those that are due now, that the process was too late for.
    pub(crate) fn missed(&self) -> u64 {
        self.missed
    }
}
