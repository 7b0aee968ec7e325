//! A soak in virtual time: nothing is left of callers, agents and programs who are gone. A separate binary, because it counts the files of its
//! process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use cordboard_simulator::soak::{Look, Soak, play};
use cordboard_simulator::stage::Stage;

const SOAK: Soak =
    Soak { seed: 1, calls: 4, length: Duration::from_secs(600), look_every: Duration::from_secs(60) };

#[test]
fn nothing_is_left_of_parties_who_are_gone() {
    let stage = Stage::make().unwrap();
    let figures = play(&stage, SOAK, &|_| {}).unwrap();
    let (before, after) = (&figures.idle, &figures.after);
    assert_eq!(figures.failures.first, Vec::<String>::new());
    assert!(figures.begun > 40, "{} calls", figures.begun);
    // The figures do show what is there.
    let most = |of: fn(&Look) -> u64| figures.looks.iter().map(of).max().unwrap();
    assert!(most(|look| look.holdings.files) > before.holdings.files);
    assert!(most(|look| look.tasks) > before.tasks);
    assert!(most(|look| look.spans) > before.spans);
    assert!(most(|look| look.live["calls"]) > 1);
    assert_eq!(after.live, before.live);
    assert_eq!((after.tasks, after.spans), (before.tasks, before.spans));
    assert_eq!(after.holdings.files, before.holdings.files);
}
