//! Whole calls by seed: a hundred worlds, each with faults of its own, and every promise to callers held against each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::Write as _;

use cordboard_simulator::generate::{Size, plan};
use cordboard_simulator::judge;
use cordboard_simulator::stage::Stage;

/// Worlds of a test run, and how many there are with CORDBOARD_TEST_FULL (`tests/run --full`).
const SEEDS: u64 = 100;
const SEEDS_FULL: u64 = 2_000;

#[test]
fn the_same_seed_is_the_same_world_twice() {
    let stage = Stage::make().unwrap();
    for seed in [1, 2] {
        let plan = plan(seed, Size { calls: 8, ..Size::USUAL });
        let (first, second) = (judge(&stage, &plan).unwrap(), judge(&stage, &plan).unwrap());
        assert!(first.call_seconds > 20.0, "{} call-seconds", first.call_seconds);
        assert_eq!(first.trace, second.trace, "seed {seed}");
    }
}

#[test]
fn every_promise_is_kept_in_worlds_of_many_seeds() {
    let stage = Stage::make().unwrap();
    let is_full = std::env::var_os("CORDBOARD_TEST_FULL").is_some();
    let (mut broken, mut call_seconds, mut took) = (Vec::new(), 0.0, 0.0);
    for seed in 0..if is_full { SEEDS_FULL } else { SEEDS } {
        let outcome = judge(&stage, &plan(seed, Size::USUAL)).unwrap();
        call_seconds += outcome.call_seconds;
        took += outcome.took.as_secs_f64();
        for promise in outcome.broken {
            broken.push(format!("{promise}\n  again: cargo run -p cordboard-simulator -- --seed {seed}"));
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "    {call_seconds:.0} call-seconds in {took:.1} s: {:.0} a second",
        call_seconds / took
    );
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
