//! Figures, not tests: the cost of a call here, and the delay of sound. Only this run builds them: `cargo test -p cordboard-rtc --lib --features
//! figures -- figures --nocapture --test-threads 1`.
#![allow(clippy::print_stderr, reason = "figures are printed")]

use std::time::Duration;

use super::path::{Conditions, Path};
use super::peer::Call;
use super::speech::speech;
use crate::voice::{FRAME_SAMPLES, RATE_HZ};

/// Calls at once, and for how long they talk.
const CALLS: usize = 20;
const SECONDS: usize = 5;

/// Window that is compared to find the delay: 200 ms.
const WINDOW: usize = RATE_HZ as usize / 5;
/// Maximum delay: 600 ms.
const LATE_MAX: usize = RATE_HZ as usize * 6 / 10;

/// Both ends of each call are here and do the same work, so half of it is the server's. Both speak without a pause, which is more than people do.
#[test]
fn what_a_call_costs() {
    let memory = resident_kb();
    let mut calls: Vec<Call> = (0..CALLS).map(|n| Call::begin(CLEAN, n as u64)).collect();
    for call in &mut calls {
        call.connect();
    }
    let speech = speech();
    let frames: Vec<&[i16]> = speech.chunks_exact(FRAME_SAMPLES).collect();
    let before = worked();
    for n in 0..SECONDS * 50 {
        let frame = frames[n % frames.len()];
        for call in &mut calls {
            call.frame(Some(frame), Some(frame));
            call.heard.clear();
            call.heard_there.clear();
        }
    }
    let share = (worked() - before).as_secs_f64() / 2.0 / (CALLS * SECONDS) as f64;
    let kb = (resident_kb() - memory) / 2.0 / CALLS as f64;
    eprintln!(
        "webrtc: {:.2} % of a core and {kb:.0} KB a call, {:.0} calls a core (ICE, DTLS-SRTP, Opus, jitter; {CALLS} calls for {SECONDS} s)",
        share * 100.0,
        1.0 / share
    );
}

/// Processor time of this thread.
fn worked() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// Memory of this process.
fn resident_kb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4.0
}

const CLEAN: Conditions = Conditions { loss_percent: 0, jitter_ms: 0 };

/// From a microphone to the server's ear: encoding, a path of 10 ms with up to 30 ms of jitter, the jitter buffer, decoding.
#[test]
fn how_late_sound_is() {
    for loss_percent in [0, 5] {
        let mut lags = Vec::new();
        let mut call = Call::begin(CLEAN, 1);
        call.connect();
        for _ in 0..50 {
            call.frame(None, None);
        }
        let conditions = Conditions { loss_percent, jitter_ms: 30 };
        (call.up, call.down) = (Path::new(conditions, 1), Path::new(conditions, 2));
        call.heard.clear();
        let speech = speech();
        let said: Vec<i16> = speech.iter().cycle().take(60 * RATE_HZ as usize).copied().collect();
        for frame in said.chunks_exact(FRAME_SAMPLES) {
            call.frame(Some(frame), None);
        }
        for at in (RATE_HZ as usize..said.len() - WINDOW - LATE_MAX).step_by(WINDOW) {
            lags.extend(lag(&said[at..at + WINDOW], &call.heard[at..at + WINDOW + LATE_MAX]));
        }
        lags.sort_unstable();
        let of = |share: f64| lags[((lags.len() - 1) as f64 * share) as usize] * 1_000 / RATE_HZ as usize;
        eprintln!(
            "webrtc, {loss_percent} % of loss, 30 ms of jitter: mouth to server's ear p50 {} ms, p99 {} ms, in {} windows",
            of(0.5),
            of(0.99),
            lags.len()
        );
    }
}

/// Delay of a window, in samples; none if it is silent or not found.
fn lag(window: &[i16], heard: &[i16]) -> Option<usize> {
    let energy = |samples: &[i16]| samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    let own = energy(window);
    if own / (window.len() as f64) < 250_000.0 {
        return None;
    }
    let likeness = |lag: usize| {
        let part = &heard[lag..lag + window.len()];
        let product: f64 = window.iter().zip(part).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        product / (own * energy(part)).sqrt().max(1.0)
    };
    let best =
        (0..heard.len() - window.len()).step_by(4).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))?;
    (likeness(best) > 0.7).then_some(best)
}
