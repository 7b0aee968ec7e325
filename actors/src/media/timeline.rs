//! The two channels of a recording, aligned: pure arithmetic on samples and on the moments at which they passed.
//!
//! Right is what the caller's ear was played. Its ticks are the clock: each adds 20 ms, and by them a moment becomes a
//! place in the recording. Left is what was read from the caller's connection, in bursts of any length. A burst ends at the
//! moment it was read. It is put directly behind the one before as long as that is within 60 ms of its place; after a
//! longer hole it goes to its place, zeros before it; what would lie more than 40 ms ahead is dropped. A caller's clock
//! that runs fast builds up a lead, one that runs slow a lag: what of it stays for two seconds is no jitter, and is cut off
//! or filled with zeros.

use std::collections::VecDeque;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::limits::RECORDING_GAP_MS_MAX;

/// One moment of both channels: left and right. dasp's stereo frame.
pub(super) type Stereo = [i16; 2];

/// Length of the blocks that go to the file, in milliseconds.
pub(super) const BLOCK_MS: u32 = 200;
/// What is kept back so that a late burst of the caller's still finds its place.
const HELD_MS: u32 = 200;

/// A burst that comes this much after the end of the one before is still put behind it: packets come late by more than a
/// frame, and those behind them catch up.
const CONTIGUOUS_MS: u32 = 60;
/// A burst further ahead than this is cut.
const AHEAD_MS_MAX: u32 = 40;
/// A lead, or a lag, that lasts for [`LEAD_WINDOW`] and exceeds this is cut off, or filled.
const LASTING_LEAD_MS: u32 = 10;
const LEAD_WINDOW: Duration = Duration::from_secs(2);

/// Ticks that come later than this after the others were missed, not late.
const MISSED_TICKS: Duration = Duration::from_millis(60);
/// How fast the clock follows ticks that come late each time, a frame: a thousandth, more than any crystal drifts.
const CLOCK_FOLLOWS: Duration = Duration::from_micros(20);
/// Missed time that is filled sample by sample, so that a burst can still fall into it. Longer gaps are only counted.
const FILLED_GAP_MS_MAX: u64 = 1_000;

/// What is ready to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Samples of both channels.
    Audio(Vec<Stereo>),
    /// This many samples of silence in both channels.
    Silence(u64),
}

/// See the module's description. Moments are given as the time since any fixed one.
pub(super) struct Timeline {
    rate: SampleRate,
    /// Place of the first sample of `left` and `right`; everything before has been given away.
    base: u64,
    left: VecDeque<i16>,
    right: VecDeque<i16>,
    /// The moment of place 0. May lie before the fixed moment, so in signed microseconds.
    origin_us: Option<i64>,
    /// The least and the greatest lead of the bursts since `lead_since`; a lag is a negative lead.
    lead_min: i64,
    lead_max: i64,
    lead_since: Duration,
    ready: Vec<Section>,
    left_samples_dropped: u64,
}

impl Timeline {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            base: 0,
            left: VecDeque::new(),
            right: VecDeque::new(),
            origin_us: None,
            lead_min: i64::MAX,
            lead_max: i64::MIN,
            lead_since: Duration::ZERO,
            ready: Vec::new(),
            left_samples_dropped: 0,
        }
    }

    /// Samples of the caller's that found no place: too far ahead, or too old.
    pub(super) fn left_samples_dropped(&self) -> u64 {
        self.left_samples_dropped
    }

    /// A tick of the caller's ear: it was played `right`, 20 ms or less (the rest is silence).
    pub(super) fn tick(&mut self, at: Duration, right: &[i16]) {
        self.follow_clock(at);
        let frame_len = self.rate.samples_per_frame();
        let end = self.right.len() + frame_len;
        self.right.extend(&right[..right.len().min(frame_len)]);
        self.right.resize(end, 0);
        self.give_blocks();
    }

    /// A burst was read from the caller's connection. Before the first tick there is no place for it.
    pub(super) fn heard(&mut self, at: Duration, burst: &[i16]) {
        let Some(origin_us) = self.origin_us else {
            return;
        };
        let place_now = (micros(at) - origin_us) * i64::from(self.rate.hz()) / 1_000_000;
        let own_place = place_now - burst.len() as i64;
        let end_of_left = self.base as i64 + self.left.len() as i64;
        let lead = end_of_left - own_place;
        let end_of_right = self.base as i64 + self.right.len() as i64;
        if place_now - end_of_right > self.samples(FILLED_GAP_MS_MAX as u32) {
            // Nothing ticks any more: there is no place to put it, and it must not pile up.
            self.left_samples_dropped += burst.len() as u64;
            return;
        }

        // The first has none before it.
        let is_first = self.base == 0 && self.left.is_empty();
        let lag_max = if is_first { 0 } else { self.samples(CONTIGUOUS_MS) };
        let (zeros, cut) = if lead < -lag_max {
            (own_place.saturating_sub(end_of_left), 0)
        } else if lead > self.samples(AHEAD_MS_MAX) {
            (0, lead)
        } else {
            let lasting = self.lasting_lead(at, lead);
            (-lasting, lasting)
        };
        let cut = (cut.max(0) as usize).min(burst.len());
        self.left_samples_dropped += cut as u64;
        self.left.resize(self.left.len() + zeros.max(0) as usize, 0);
        self.left.extend(&burst[cut..]);
    }

    /// Time that passed without ticks: silence in both channels.
    pub(super) fn gap(&mut self, ms: u64) {
        let samples = ms.min(RECORDING_GAP_MS_MAX) * u64::from(self.rate.hz()) / 1000;
        if ms <= FILLED_GAP_MS_MAX {
            self.right.resize(self.right.len() + samples as usize, 0);
            self.give_blocks();
            return;
        }
        self.give_rest();
        self.base += samples;
        self.ready.push(Section::Silence(samples));
    }

    /// Ends the recording where the right channel ends.
    pub(super) fn finish(&mut self) {
        self.give_rest();
    }

    /// Takes what is ready to be written, in order.
    pub(super) fn take_ready(&mut self) -> Vec<Section> {
        std::mem::take(&mut self.ready)
    }

    /// Corrects the moment of place 0 by a tick. A tick may be late, but never early: so the earliest ones tell, and
    /// later ones only if all are. Ticks that were missed altogether are time that passed in silence.
    fn follow_clock(&mut self, at: Duration) {
        let place = (self.base + self.right.len() as u64) as i64;
        let told = micros(at) - place * 1_000_000 / i64::from(self.rate.hz());
        let Some(origin) = self.origin_us else {
            self.origin_us = Some(told);
            self.lead_since = at;
            return;
        };
        let late_us = told - origin;
        if late_us > micros(MISSED_TICKS) {
            let missed_ms = late_us as u64 / 1_000 / u64::from(FRAME_MS) * u64::from(FRAME_MS);
            self.gap(missed_ms);
            // Where the gap was cut short, the recording goes on from here.
            let unfilled_ms = missed_ms.saturating_sub(RECORDING_GAP_MS_MAX);
            self.origin_us = Some(origin.saturating_add_unsigned(unfilled_ms.saturating_mul(1_000)));
        } else {
            self.origin_us = Some(told.min(origin + micros(CLOCK_FOLLOWS)));
        }
    }

    /// The lead, or lag, that all bursts of the last two seconds had, once it is more than jitter; 0 otherwise.
    fn lasting_lead(&mut self, at: Duration, lead: i64) -> i64 {
        self.lead_min = self.lead_min.min(lead);
        self.lead_max = self.lead_max.max(lead);
        if at.saturating_sub(self.lead_since) < LEAD_WINDOW {
            return 0;
        }
        self.lead_since = at;
        let least = std::mem::replace(&mut self.lead_min, i64::MAX);
        let greatest = std::mem::replace(&mut self.lead_max, i64::MIN);
        let jitter = self.samples(LASTING_LEAD_MS);
        match (least > jitter, greatest < -jitter) {
            (true, _) => least,
            (_, true) => greatest,
            _ => 0,
        }
    }

    fn give_blocks(&mut self) {
        let block = self.rate.samples_in_ms(BLOCK_MS);
        while self.right.len() >= block + self.rate.samples_in_ms(HELD_MS) {
            self.give(block);
        }
    }

    fn give_rest(&mut self) {
        self.give(self.right.len());
        // What the caller said ahead of the last tick has no place in a gap or after the end.
        self.left_samples_dropped += self.left.len() as u64;
        self.left.clear();
    }

    fn give(&mut self, samples: usize) {
        if samples == 0 {
            return;
        }
        if self.left.len() < samples {
            self.left.resize(samples, 0);
        }
        let section =
            self.left.drain(..samples).zip(self.right.drain(..samples)).map(|(l, r)| [l, r]).collect();
        self.base += samples as u64;
        self.ready.push(Section::Audio(section));
    }

    fn samples(&self, ms: u32) -> i64 {
        self.rate.samples_in_ms(ms) as i64
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;
    const FRAME_US: f64 = 20_000.0;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Collects what a timeline gives away, silence written out.
    fn written(timeline: &mut Timeline) -> Vec<Stereo> {
        timeline
            .take_ready()
            .into_iter()
            .flat_map(|section| match section {
                Section::Audio(samples) => samples,
                Section::Silence(samples) => vec![[0, 0]; samples as usize],
            })
            .collect()
    }

    fn finished(mut timeline: Timeline) -> Vec<Stereo> {
        timeline.finish();
        written(&mut timeline)
    }

    /// The runs of one value in a channel: value, first sample, length. Zeros are left out.
    fn runs(recording: &[Stereo], channel: usize) -> Vec<(i16, usize, usize)> {
        let mut runs: Vec<(i16, usize, usize)> = Vec::new();
        for (place, sample) in recording.iter().map(|stereo| stereo[channel]).enumerate() {
            match runs.last_mut() {
                Some((value, start, len)) if *value == sample && *start + *len == place => *len += 1,
                _ if sample != 0 => runs.push((sample, place, 1)),
                _ => {}
            }
        }
        runs
    }

    struct Clocks {
        /// How much faster the caller's clock runs than ours, in millionths.
        caller_ppm: f64,
        /// How much faster the ticks run than the clock that is read (a peer that ticks).
        tick_ppm: f64,
        /// Up to how late a tick and a frame of the caller's are, in microseconds.
        tick_late_us: f64,
        frame_late_us: f64,
    }

    /// How far each of the caller's frames lies from its place, in ms, sorted, after `minutes`.
    fn misplacements_ms(clocks: &Clocks, minutes: u32) -> Vec<f64> {
        let mut random = StdRng::seed_from_u64(7);
        let mut timeline = Timeline::new(RATE);
        let end_us = f64::from(minutes) * 60e6;
        let tick_us = FRAME_US / (1.0 + clocks.tick_ppm / 1e6);
        let frame_us = FRAME_US / (1.0 + clocks.caller_ppm / 1e6);
        let (mut next_tick_us, mut next_frame_us, mut number) = (5_000.0, 31_000.0, 0_u64);
        // The true place of a frame's end in the ticks' time, by its number.
        let mut ends = Vec::new();
        let mut errors = Vec::new();
        let mut place = 0_u64;
        let value = |number: u64| (number % 30_000 + 1) as i16;
        let mut first_open = 0_u64;
        let mut check = |sections: Vec<Section>, ends: &[f64]| {
            for section in sections {
                let Section::Audio(samples) = section else { panic!("no gap was made") };
                for (run, start, len) in runs(&samples, 0) {
                    // Frames come in order, so the number is the next one with this value.
                    let number = (first_open..first_open + 30_000).find(|n| value(*n) == run).unwrap_or(0);
                    first_open = number;
                    let end_ms = (place + (start + len) as u64) as f64 / 8.0;
                    if start + len < samples.len() {
                        errors.push((end_ms - ends[number as usize]).abs());
                    }
                }
                place += samples.len() as u64;
            }
        };
        while next_tick_us < end_us {
            if next_tick_us <= next_frame_us {
                let late = random.random_range(0.0..=clocks.tick_late_us);
                timeline.tick(Duration::from_micros((next_tick_us + late) as u64), &[1; 160]);
                check(timeline.take_ready(), &ends);
                next_tick_us += tick_us;
            } else {
                let late = random.random_range(0.0..=clocks.frame_late_us);
                ends.push((next_frame_us - 5_000.0) / tick_us * 20.0);
                let at = Duration::from_micros((next_frame_us + late) as u64);
                timeline.heard(at, &[value(number); 160]);
                number += 1;
                next_frame_us += frame_us;
            }
        }
        // All frames but those that a block's end cuts in two: one in ten.
        assert!(errors.len() as f64 > f64::from(minutes) * 60.0 * 50.0 * 0.85, "{} frames", errors.len());
        errors.sort_by(f64::total_cmp);
        errors
    }

    #[test]
    fn an_hour_with_a_caller_whose_clock_is_off_stays_within_20_ms() {
        for caller_ppm in [-200.0, -50.0, 0.0, 50.0, 200.0] {
            let clocks = Clocks { caller_ppm, tick_ppm: 0.0, tick_late_us: 2_000.0, frame_late_us: 2_000.0 };
            let errors = misplacements_ms(&clocks, 60);
            let p99 = errors[errors.len() * 99 / 100];
            assert!(p99 <= 20.0, "{caller_ppm} ppm: p99 {p99:.1} ms");
            let worst = errors[errors.len() - 1];
            assert!(worst <= 45.0, "{caller_ppm} ppm: worst {worst:.1} ms");
        }
    }

    #[test]
    fn ticks_of_a_peer_may_drift_from_the_clock_that_is_read() {
        for tick_ppm in [-200.0, 200.0] {
            for caller_ppm in [-200.0, 200.0] {
                let clocks = Clocks { caller_ppm, tick_ppm, tick_late_us: 2_000.0, frame_late_us: 2_000.0 };
                let errors = misplacements_ms(&clocks, 20);
                let p99 = errors[errors.len() * 99 / 100];
                assert!(p99 <= 20.0, "ticks {tick_ppm}, caller {caller_ppm} ppm: p99 {p99:.1} ms");
            }
        }
    }

    #[test]
    fn both_channels_keep_every_sample_of_an_even_call() {
        let mut timeline = Timeline::new(RATE);
        for number in 0..500_u64 {
            let value = number as i16 + 1;
            timeline.tick(ms(20 * number), &[value; 160]);
            timeline.heard(ms(20 * number + 13), &[value; 160]);
        }
        let recording = finished(timeline);
        assert_eq!(recording.len(), 80_000);
        let right = runs(&recording, 1);
        assert_eq!(right.len(), 500);
        assert!(right.iter().all(|run| run.2 == 160), "the right channel is what the ticks wrote");
        let left = runs(&recording, 0);
        assert_eq!(left.len(), 500);
        assert!(left[1..499].iter().all(|run| run.2 == 160), "no sample of the left is lost or doubled");
    }

    #[test]
    fn a_burst_after_a_stall_of_the_network_fills_the_hole() {
        let mut timeline = Timeline::new(RATE);
        for number in 0..50_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
            match number {
                20..25 => {}
                25 => timeline.heard(ms(20 * number + 10), &[7; 160 * 6]),
                _ => timeline.heard(ms(20 * number + 10), &[7; 160]),
            }
        }
        let recording = finished(timeline);
        let left = runs(&recording, 0);
        assert_eq!(left.len(), 1, "one stretch without a hole: {left:?}");
    }

    /// A frame is late by more than its length, and those behind it catch up, each read by itself.
    #[test]
    fn jitter_tears_no_word_apart() {
        let mut timeline = Timeline::new(RATE);
        for number in 0..500_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
            let late = match number % 100 {
                30 => 35,
                31 => 20,
                32 => 5,
                _ => 0,
            };
            timeline.heard(ms(20 * number + 10 + late), &[7; 160]);
        }
        assert_eq!(timeline.left_samples_dropped(), 0);
        let left = runs(&finished(timeline), 0);
        assert_eq!(left.len(), 1, "one stretch without a hole: {left:?}");
    }

    #[test]
    fn a_hole_is_silence_of_its_length() {
        let mut timeline = Timeline::new(RATE);
        for number in 0..100_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
            if !(30..60).contains(&number) {
                timeline.heard(ms(20 * number + 10), &[7; 160]);
            }
        }
        let recording = finished(timeline);
        let [(_, start, len), (_, after, _)] = runs(&recording, 0)[..] else {
            panic!("two stretches: {:?}", runs(&recording, 0));
        };
        let hole_ms = (after - (start + len)) / 8;
        assert!((580..=620).contains(&hole_ms), "{hole_ms} ms instead of 600");
    }

    #[test]
    fn a_burst_from_long_ago_is_cut_to_what_still_has_a_place() {
        let mut timeline = Timeline::new(RATE);
        for number in 0..100_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
        }
        timeline.heard(ms(1_990), &[7; 8_000 * 60]);
        assert!(timeline.left_samples_dropped() > 0);
        let recording = finished(timeline);
        assert_eq!(recording.len(), 16_000, "the recording got no longer");
    }

    #[test]
    fn ticks_that_were_missed_are_silence() {
        let mut timeline = Timeline::new(RATE);
        for number in (0..50_u64).chain(80..130) {
            timeline.tick(ms(20 * number), &[1; 160]);
        }
        let recording = finished(timeline);
        assert_eq!(recording.len(), 130 * 160);
        assert_eq!(runs(&recording, 1), [(1, 0, 50 * 160), (1, 80 * 160, 50 * 160)]);
    }

    #[test]
    fn a_marked_gap_lasts_as_long_as_it_says() {
        for gap_ms in [500, 120_000] {
            let mut timeline = Timeline::new(RATE);
            (0..50).for_each(|number| timeline.tick(ms(20 * number), &[1; 160]));
            timeline.gap(gap_ms);
            (0..50).for_each(|number| timeline.tick(ms(1_000 + gap_ms + 20 * number), &[2; 160]));
            let recording = finished(timeline);
            let gap = 8 * gap_ms as usize;
            assert_eq!(runs(&recording, 1), [(1, 0, 8_000), (2, 8_000 + gap, 8_000)], "{gap_ms} ms");
        }
    }

    #[test]
    fn late_ticks_shift_nothing() {
        let mut timeline = Timeline::new(RATE);
        for number in 0..100_u64 {
            // Every tenth tick is 45 ms late, and the two behind it come at the same moment.
            let at = if (5..8).contains(&(number % 10)) { number / 10 * 200 + 145 } else { 20 * number };
            timeline.tick(ms(at), &[1; 160]);
            timeline.heard(ms(20 * number + 50), &[7; 160]);
        }
        let recording = finished(timeline);
        assert_eq!(recording.len(), 16_000);
        assert_eq!(runs(&recording, 0).len(), 1);
    }

    #[test]
    fn a_caller_without_ticks_does_not_pile_up() {
        let mut timeline = Timeline::new(RATE);
        timeline.heard(ms(0), &[7; 160]);
        timeline.tick(ms(20), &[1; 160]);
        for number in 2..10_000 {
            timeline.heard(ms(20 * number), &[7; 160]);
        }
        assert!(timeline.left.len() <= 16_000, "{} samples", timeline.left.len());
    }
}
