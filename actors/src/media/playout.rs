//! The clock of a paced ear: one frame each 20 ms, by absolute deadlines.
//!
//! A telephone has no room for more than a few frames at once, so time that this process overslept is not made up
//! for. After a late wake-up at most three frames are due; the other ticks are dropped and counted. Dropping a tick
//! drops no audio: it stays in the lanes and is heard that much later. The caller hears a short gap and loses no
//! words.

use std::time::Duration;

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::limits::FRAMES_PER_WAKE_UP_MAX;
use tokio::time::{Instant, sleep_until};

use crate::world;

const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);

/// Ticks at `start + n * 20 ms`, however much time passes between the calls.
#[derive(Debug)]
pub struct Playout {
    next: Instant,
    late: Duration,
    ticks_dropped: u64,
}

impl Playout {
    /// Creates a clock whose first tick comes `phase` from now.
    pub fn new(phase: Duration) -> Self {
        Self { next: Instant::now() + phase, late: Duration::ZERO, ticks_dropped: 0 }
    }

    /// Creates a clock that starts at a random moment of the next 20 ms, so that the ticks of many legs spread out.
    pub fn at_random_phase() -> Self {
        Self::new(FRAME.mul_f64(world::random::<f64>()))
    }

    /// Waits for the next tick and returns how many frames are due: 1, or up to 3 after a late wake-up.
    ///
    /// Cancel safe: if the wait is cancelled, the tick comes again.
    pub async fn tick(&mut self) -> u32 {
        sleep_until(self.next).await;
        let late = Instant::now().saturating_duration_since(self.next);
        self.late = late;
        let passed = 1 + u32::try_from(late.as_millis() / FRAME.as_millis()).unwrap_or(u32::MAX - 1);
        self.next += FRAME * passed;
        let due = passed.min(FRAMES_PER_WAKE_UP_MAX);
        self.ticks_dropped += u64::from(passed - due);
        due
    }

    /// Delay of the last tick.
    pub fn late(&self) -> Duration {
        self.late
    }

    /// Ticks that were skipped since the start because the process was late.
    pub fn ticks_dropped(&self) -> u64 {
        self.ticks_dropped
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_writer_does_not_shift_the_ticks() {
        let start = Instant::now();
        let mut playout = Playout::new(Duration::from_millis(5));
        for number in 0..1_000 {
            assert_eq!(playout.tick().await, 1);
            let at = start.elapsed().as_millis();
            assert_eq!(at, 5 + 20 * number, "tick {number}");
            advance(Duration::from_millis(number as u64 % 15)).await;
        }
        assert_eq!(playout.ticks_dropped(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_wakeup_gives_three_frames_and_drops_the_rest() {
        let start = Instant::now();
        let mut playout = Playout::new(Duration::ZERO);
        assert_eq!(playout.tick().await, 1);
        advance(Duration::from_millis(50)).await;
        assert_eq!(playout.tick().await, 2, "ticks at 20 and 40");
        advance(Duration::from_millis(500)).await;
        assert_eq!(playout.tick().await, 3);
        assert_eq!(playout.ticks_dropped(), 22);
        assert_eq!(playout.tick().await, 1);
        assert_eq!(start.elapsed(), Duration::from_millis(560), "still a multiple of 20 ms from the start");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_tick_comes_again() {
        let mut playout = Playout::new(Duration::from_millis(20));
        let given_up = tokio::time::timeout(Duration::from_millis(10), playout.tick()).await;
        assert!(given_up.is_err());
        let start = Instant::now();
        assert_eq!(playout.tick().await, 1);
        assert_eq!(start.elapsed(), Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn phases_are_within_one_frame() {
        let start = Instant::now();
        for _ in 0..100 {
            let phase = Playout::at_random_phase().next - start;
            assert!(phase < FRAME, "{phase:?}");
        }
    }
}
