//! A timeline with bursts, stalls and clocks that drift.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const RATE: SampleRate = SampleRate::HZ_8000;
const FRAME_US: f64 = 20_000.0;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Collects everything that a timeline passes on, with silence as zeros.
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
    /// Speed of the caller's clock relative to ours, in millionths above it.
    caller_ppm: f64,
    /// Speed of the ticks relative to the clock that is read (a peer that ticks), in millionths above it.
    tick_ppm: f64,
    /// How late a tick or a frame of the caller may be at most, in microseconds.
    tick_late_us: f64,
    frame_late_us: f64,
}

/// Distance of each frame of the caller from its place, in ms, sorted, after `minutes`.
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
    // All frames except those that the end of a block cuts in two: one in ten.
    assert!(errors.len() as f64 > f64::from(minutes) * 60.0 * 50.0 * 0.85, "{} frames", errors.len());
    errors.sort_by(f64::total_cmp);
    errors
}

#[test]
fn a_drifting_caller_stays_within_20_ms_for_an_hour() {
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
fn a_peers_ticks_may_drift_from_our_clock() {
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
fn a_call_without_jitter_loses_no_sample() {
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
fn a_burst_after_a_network_stall_fills_the_hole() {
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

/// The same, each frame read by itself.
#[test]
fn single_frames_after_a_network_stall_fill_the_hole() {
    for missing in [6, 10, 15, 30, 45] {
        let mut timeline = Timeline::new(RATE);
        for number in 0..100_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
            let frames = match number {
                20.. if number < 20 + missing => 0,
                _ if number == 20 + missing => missing + 1,
                _ => 1,
            };
            for _ in 0..frames {
                timeline.heard(ms(20 * number + 10), &[7; 160]);
            }
        }
        let dropped_ms = timeline.left_samples_dropped() / 8;
        let heard: usize = runs(&finished(timeline), 0).iter().map(|(_, _, len)| len / 8).sum();
        // A part of a longer stall has already gone to the file.
        let lost_max = (20 * missing).saturating_sub(u64::from(HELD_IN_HOLE_MS));
        assert!(dropped_ms <= lost_max, "{dropped_ms} ms dropped of {} ms that were late", 20 * missing);
        assert!(heard as u64 >= 2_000 - 30 - lost_max, "{heard} ms");
    }
}

/// A peer that collects its sound, as FreeSWITCH with a long `STREAM_BUFFER_SIZE` does.
#[test]
fn messages_of_up_to_a_second_are_recorded_whole() {
    for message_ms in [200, 400, 620, 800, 1_000_u64] {
        for phase_ms in [0, 60, 140] {
            let mut timeline = Timeline::new(RATE);
            let message = vec![7; 8 * message_ms as usize];
            let mut sent = 0;
            for at in (0..6_000).step_by(20) {
                timeline.tick(ms(at), &[1; 160]);
                if at >= message_ms && (at + phase_ms) % message_ms == 0 {
                    timeline.heard(ms(at + 10), &message);
                    sent += message.len();
                }
            }
            let what = format!("{message_ms} ms, {phase_ms} ms later");
            assert_eq!(timeline.left_samples_dropped(), 0, "{what}");
            let left = runs(&finished(timeline), 0);
            assert_eq!((left.len(), left[0].2), (1, sent), "{what}: {left:?}");
        }
    }
}

/// A network, or a machine, that stalls again and again before it has caught up.
#[test]
fn frames_after_several_stalls_fill_every_hole() {
    for pause in [5, 7, 9] {
        let mut timeline = Timeline::new(RATE);
        let mut sent = 0;
        for number in 0..100_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
            let frames = match number {
                20..48 => u64::from(number % pause == 0),
                _ => number + 1 - sent,
            };
            sent += frames;
            for _ in 0..frames {
                timeline.heard(ms(20 * number + 10), &[7; 160]);
            }
        }
        assert_eq!(timeline.left_samples_dropped(), 0, "one frame in {pause}");
        let left = runs(&finished(timeline), 0);
        assert_eq!(left.len(), 1, "one stretch without a hole: {left:?}");
    }
}

/// Memory of a call: each caller says nothing at first, which is a hole.
#[test]
fn room_that_a_hole_needed_is_given_back() {
    let mut timeline = Timeline::new(RATE);
    let frame = [1; 160];
    let mut most = 0;
    for number in 0..150 {
        let at = ms(20 * number);
        timeline.tick(at, &frame);
        if number >= 50 {
            timeline.heard(at, &frame);
        }
        timeline.take_ready();
        most = most.max(timeline.right.capacity());
    }
    let rooms = [RIGHT_ROOM_MS, LEFT_ROOM_MS].map(|ms| RATE.samples_in_ms(ms));
    assert!(most > rooms[0], "the hole needed no more than the room of a channel");
    assert_eq!([timeline.right.capacity(), timeline.left.capacity()], rooms);
}

/// Sound for which a hole had room is put into it once.
#[test]
fn a_hole_is_never_filled_beyond_its_room() {
    let mut timeline = Timeline::new(RATE);
    for number in 0..100_u64 {
        timeline.tick(ms(20 * number), &[1; 160]);
        match number {
            20..30 => {}
            30 => (0..100).for_each(|_| timeline.heard(ms(20 * number + 10), &[7; 160])),
            _ => timeline.heard(ms(20 * number + 10), &[9; 160]),
        }
    }
    assert!(timeline.left_samples_dropped() >= 85 * 160);
    let recording = finished(timeline);
    assert_eq!(recording.len(), 16_000);
    let [(9, ..), (7, ..), (9, start, _)] = runs(&recording, 0)[..] else {
        panic!("{:?}", runs(&recording, 0));
    };
    assert!((610..=650).contains(&(start / 8)), "the sound after it is at {} ms instead of 610", start / 8);
}

/// A frame is late by more than its length, and the following ones catch up, each read separately.
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
fn a_late_burst_is_cut_to_what_still_fits() {
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

/// A leg that wakes up late plays three frames at once. If it ever plays all that it has missed, they count once as well.
#[test]
fn missed_ticks_that_come_together_are_counted_once() {
    let stalls = [(5_u64, 3_u64), (15, 3), (15, 15), (30, 30)];
    for ((stall, together), late_ms) in stalls.into_iter().flat_map(|it| [0, 7, 15].map(|late| (it, late))) {
        let mut timeline = Timeline::new(RATE);
        (0..50).for_each(|number| timeline.tick(ms(20 * number), &[1; 160]));
        let awake = 50 + stall - 1;
        (0..together).for_each(|_| timeline.tick(ms(20 * awake + late_ms), &[2; 160]));
        (awake + 1..200).for_each(|number| timeline.tick(ms(20 * number), &[3; 160]));
        let recording = finished(timeline);
        assert_eq!(recording.len(), 200 * 160, "{together} frames after {stall}, {late_ms} ms late");
        let frames = 160 * together as usize;
        let begin = 160 * (awake + 1 - together) as usize;
        let [(1, 0, 8_000), twos, (3, last, _)] = runs(&recording, 1)[..] else { panic!("a frame is lost") };
        assert_eq!(
            (twos, last),
            ((2, begin, frames), begin + frames),
            "{together} frames after {stall}, {late_ms} ms late"
        );
    }
}

#[test]
fn a_marked_gap_has_the_given_length() {
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
        // Every tenth tick is 45 ms late, and the two after it come at the same moment.
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

/// A caller who says words of a second, with a pause of 200 ms after each, sends 30 ms early or late from some moment on.
#[test]
fn a_lasting_lead_or_lag_is_corrected_between_words() {
    for shift_ms in [-30_i64, 30] {
        let mut timeline = Timeline::new(RATE);
        for number in 0..600_u64 {
            timeline.tick(ms(20 * number), &[1; 160]);
            let late_ms = if number > 100 { 20 + shift_ms } else { 20 };
            let value = if number % 60 < 50 { 7_000 } else { 5 };
            timeline
                .heard(Duration::from_millis((20 * number).saturating_add_signed(late_ms)), &[value; 160]);
        }
        let recording = finished(timeline);
        let words: Vec<_> = runs(&recording, 0).into_iter().filter(|run| run.0 == 7_000).collect();
        assert!(words.iter().all(|(_, _, len)| *len == 8_000), "{shift_ms} ms: {words:?}");
        let last = words[words.len() - 1].1 as i64 / 8;
        assert!((last - 9 * 1_200 - shift_ms).abs() <= 10, "{shift_ms} ms: the last word is at {last} ms");
    }
}

/// A caller who never pauses is corrected as well.
#[test]
fn a_lasting_lead_is_corrected_without_a_pause() {
    let mut timeline = Timeline::new(RATE);
    for number in 0..1_500_u64 {
        timeline.tick(ms(20 * number), &[1; 160]);
        let late_ms = if number > 100 { 0 } else { 30 };
        timeline.heard(ms(20 * number + late_ms), &[7_000; 160]);
    }
    assert_eq!(timeline.left_samples_dropped(), 30 * 8);
}

/// A hole ahead of the last tick is gone, with everything else that was ahead.
#[test]
fn sound_after_the_end_changes_nothing() {
    let mut timeline = Timeline::new(RATE);
    timeline.tick(ms(0), &[1; 160]);
    timeline.heard(ms(20), &[7; 160]);
    timeline.heard(ms(520), &[7; 160]);
    timeline.finish();
    (0..100).for_each(|_| timeline.heard(ms(520), &[7; 160]));
    assert_eq!(written(&mut timeline).len(), 160);
}

#[test]
fn a_steady_calls_buffers_never_outgrow_their_first_size() {
    let mut timeline = Timeline::new(RATE);
    for at in (0..10_000).step_by(20) {
        timeline.tick(ms(at), &[1; 160]);
        timeline.heard(ms(at + 10), &[2; 160]);
        timeline.take_ready();
    }
    let room = |channel: &VecDeque<i16>| channel.capacity() * 1_000 / RATE.hz() as usize;
    assert_eq!((room(&timeline.left), room(&timeline.right)), (460, 400), "in ms");
}
