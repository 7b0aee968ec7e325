//! The limit on the sound of a browser. Pure: the time is an argument.
//!
//! Nobody speaks faster than real time. Sound that arrives together after a stall is accepted, up to a second. If a
//! browser keeps sending more, the excess is dropped, so that neither the assistant nor the recording is flooded.

use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::WEB_AUDIO_BURST_MS_MAX;
use tokio::time::Instant;

/// Sound that is accepted in addition, as 1/n of real time, because clocks differ.
const SLACK: u64 = 8;

/// The remaining allowance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    samples_a_ms: u64,
    since: Instant,
    /// Samples that may be accepted now.
    left: u64,
}

impl Allowance {
    pub(super) fn new(rate: SampleRate, now: Instant) -> Self {
        let samples_a_ms = u64::from(rate.hz() / 1_000);
        Self { samples_a_ms, since: now, left: samples_a_ms * WEB_AUDIO_BURST_MS_MAX }
    }

    /// Returns how many of these samples are accepted now.
    pub(super) fn take(&mut self, samples: usize, now: Instant) -> usize {
        let passed_ms = now.saturating_duration_since(self.since).as_millis();
        let passed_ms = u64::try_from(passed_ms).unwrap_or(u64::MAX);
        // Whole milliseconds: the rest counts the next time.
        self.since += Duration::from_millis(passed_ms);
        let passed_ms = passed_ms.min(WEB_AUDIO_BURST_MS_MAX);
        let gained = passed_ms * self.samples_a_ms;
        let most = WEB_AUDIO_BURST_MS_MAX * self.samples_a_ms;
        self.left = (self.left + gained + gained / SLACK).min(most);
        let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(samples);
        self.left -= taken as u64;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_at_real_time_pace_loses_nothing() {
        let start = Instant::now();
        let mut allowance = Allowance::new(SampleRate::HZ_24000, start);
        // A browser's clock may be fast: 0.1 %.
        for n in 0..100_000_u64 {
            let now = start + Duration::from_micros(n * 19_980);
            assert_eq!(allowance.take(480, now), 480, "{n}");
        }
    }

    #[test]
    fn audio_after_a_stall_is_accepted_up_to_a_second() {
        let start = Instant::now();
        let mut allowance = Allowance::new(SampleRate::HZ_16000, start);
        assert_eq!(allowance.take(48_000, start), 16_000);
        assert_eq!(allowance.take(1, start), 0);
        assert_eq!(allowance.take(100_000, start + Duration::from_secs(60)), 16_000);
    }

    #[test]
    fn a_flood_is_accepted_at_real_time_pace() {
        let start = Instant::now();
        let mut allowance = Allowance::new(SampleRate::HZ_24000, start);
        let taken: usize =
            (0..10_000_u64).map(|ms| allowance.take(24_000, start + Duration::from_millis(ms))).sum();
        assert!(taken <= 24_000 + 10 * 27_000, "{taken}");
    }
}
