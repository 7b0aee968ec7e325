//! The same test again is the same run: every party gets every byte at the same microsecond.

use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::{Report, TaskCaller};
use cordboard_test_support::ear::{figure, speech};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::world::world;

/// A received frame: by whom, when, and what.
type Got = (usize, Duration, Vec<i16>);

/// The sound and messages of this many callers in a minute. Each calls and speaks at times of their own.
fn trace(callers: u128) -> Vec<Got> {
    let settings = [("calls.silence_prompt_s", "15")];
    let reports: Vec<Report> = world(&settings, async |world| {
        let mut there: Vec<TaskCaller> = Vec::new();
        for number in 0..callers {
            there.push(world.caller(Uuid::from_u128(number + 1)).await);
            tokio::time::sleep(Duration::from_millis(37)).await;
        }
        for caller in &there {
            tokio::time::sleep(Duration::from_millis(113)).await;
            caller.say(&speech("interruption"));
        }
        tokio::time::sleep(Duration::from_secs(60).saturating_sub(world.passed())).await;
        there.iter().map(|caller| caller.report()).collect()
    });
    assert!(reports.iter().all(|report| report.violations.is_empty()));
    let of = |(who, report): (usize, Report)| {
        report.frames.into_iter().map(move |frame| (who, frame.at, frame.samples))
    };
    reports.into_iter().enumerate().flat_map(of).collect()
}

/// The trace as one hash of (who, virtual microsecond, samples).
fn hash(trace: &[Got]) -> String {
    let mut hash = Sha256::new();
    for (who, at, samples) in trace {
        hash.update(who.to_be_bytes());
        hash.update(at.as_micros().to_be_bytes());
        samples.iter().for_each(|sample| hash.update(sample.to_be_bytes()));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn two_runs_give_the_same_trace() {
    let (first, second) = (trace(5), trace(5));
    assert!(first.len() > 9_000, "{} frames", first.len());
    let differ = first.iter().zip(&second).find(|(one, other)| one != other);
    let at = differ.map(|(one, other)| ((one.0, one.1), (other.0, other.1)));
    assert_eq!((at, first.len()), (None, second.len()));
    figure(&format!("{} frames, twice {}", first.len(), hash(&first)));
    assert_eq!(hash(&first), hash(&second));
}

#[test]
fn thirty_calls_at_once_in_one_thread() {
    let began = Instant::now();
    let frames = trace(30).len();
    let (wall, call_seconds) = (began.elapsed().as_secs_f64(), frames as f64 / 50.0);
    figure(&format!(
        "{call_seconds:.0} call-seconds in {wall:.1} s: {:.0} call-seconds a second",
        call_seconds / wall
    ));
}
