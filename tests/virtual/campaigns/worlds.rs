//! Worlds of campaigns by seed: two lists, a switch that outlives the server, owners, and faults at any moment. Behind each of them nobody was
//! called twice for one try, and nobody is lost.
//!
//! One that breaks a promise is played alone: `CORDBOARD_CAMPAIGN_SEED=7 cargo test --features fault-injection --test virtual campaigns::worlds`.

mod plan;
mod play;
mod promises;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use cordboard_test_support::ear::figure;

use plan::{Plan, plan};

/// Worlds of a usual run, and with `CORDBOARD_TEST_FULL`.
const SEEDS: u64 = 20;
const SEEDS_FULL: u64 = 20_000;
/// The seed that is played alone.
const ALONE: &str = "CORDBOARD_CAMPAIGN_SEED";
/// So many worlds that break a promise are told of in full.
const SHOWN_MAX: usize = 3;

/// Promises that this world breaks; it breaks one that can't be played to its end, too.
fn judge(plan: &Plan) -> Vec<String> {
    let judged = catch_unwind(AssertUnwindSafe(|| promises::broken(plan, &play::play(plan))));
    judged.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        vec![format!("it can't be played to its end: {text}")]
    })
}

/// A world that breaks a promise still, without what has no part in it: each happening is left out where it can be.
fn shrunk(plan: &Plan) -> Plan {
    let mut shortest = plan.clone();
    let mut at = shortest.happenings.len();
    while at > 0 {
        at -= 1;
        let mut shorter = shortest.clone();
        shorter.happenings.remove(at);
        if !judge(&shorter).is_empty() {
            shortest = shorter;
        }
    }
    shortest
}

/// Plays the worlds of these seeds, on as many threads as there are cores: those that broke a promise, with the promises.
fn broken(seeds: u64) -> Vec<(u64, Vec<String>)> {
    let next = AtomicU64::new(0);
    // A world is one thread's; worlds of several threads know nothing of each other.
    let work = || {
        let mut broken = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return broken;
            }
            let promises = judge(&plan(seed));
            if !promises.is_empty() {
                broken.push((seed, promises));
            }
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn told(seed: u64, promises: &[String]) -> String {
    let short = shrunk(&plan(seed));
    format!(
        "{}\n  {}\nwithout what has no part in it, it is {short}again: {ALONE}={seed} cargo test --features fault-injection --test virtual \
         campaigns::worlds",
        plan(seed),
        promises.join("\n  ")
    )
}

#[test]
fn in_worlds_of_many_seeds_nobody_is_called_twice_for_one_try_and_nobody_is_lost() {
    let alone = std::env::var(ALONE).ok().map(|seed| seed.parse::<u64>().unwrap());
    let mut broken = match alone {
        Some(seed) => vec![(seed, judge(&plan(seed)))],
        None => {
            let is_full = std::env::var_os("CORDBOARD_TEST_FULL").is_some();
            broken(if is_full { SEEDS_FULL } else { SEEDS })
        }
    };
    broken.retain(|(_, promises)| !promises.is_empty());
    broken.sort_by_key(|(seed, _)| *seed);
    let seeds: Vec<u64> = broken.iter().map(|(seed, _)| *seed).collect();
    let shown: Vec<String> =
        broken.iter().take(SHOWN_MAX).map(|(seed, promises)| told(*seed, promises)).collect();
    assert!(broken.is_empty(), "{} worlds broke a promise: {seeds:?}\n{}", seeds.len(), shown.join("\n\n"));
}

/// Behind a fault that can't be found again there is nothing to mend.
#[test]
fn the_same_seed_is_the_same_world() {
    let calls = || {
        let evidence = play::play(&plan(1));
        let of = |call: &cordboard_test_support::freeswitch::Originated| {
            (call.number.clone(), call.at, call.ended)
        };
        evidence.originated.iter().map(of).collect::<Vec<_>>()
    };
    let (first, second) = (calls(), calls());
    figure(&format!("{} calls", first.len()));
    assert_eq!(first, second);
}
