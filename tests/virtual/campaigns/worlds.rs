//! Worlds of campaigns by seed: two lists, a switch that outlives the server, owners, and faults at any moment. After each of them nobody was called
//! twice for one try, and nobody is lost.
//!
//! A world that breaks a promise is played alone: `CORDBOARD_CAMPAIGN_SEED=7 cargo test --features fault-injection --test virtual campaigns::worlds`.
//! `CORDBOARD_CAMPAIGN_WORLDS` sets how many are played, or which seeds: `2000`, or `2000..4000`.

mod plan;
mod play;
mod promises;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::ear::figure;

use plan::{Plan, plan};

/// The number of worlds in a usual run, and with `CORDBOARD_TEST_FULL`.
const SEEDS: u64 = 20;
const SEEDS_FULL: u64 = 20_000;
/// Seeds of worlds that broke a promise once.
const BROKEN_ONCE: [u64; 4] = [696, 11_166, 12_804, 18_331];
/// The seed that is played alone.
const ALONE: &str = "CORDBOARD_CAMPAIGN_SEED";
/// How many worlds are played, or the seeds of these.
const WORLDS: &str = "CORDBOARD_CAMPAIGN_WORLDS";
/// How often a run reports its progress.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// How many worlds that break a promise are reported in full.
const SHOWN_MAX: usize = 3;

/// The promises that this world breaks. A world that can't be played to its end breaks one, too.
fn judge(plan: &Plan) -> Vec<String> {
    let judged = catch_unwind(AssertUnwindSafe(|| promises::broken(plan, &play::play(plan))));
    judged.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        vec![format!("it can't be played to its end: {text}")]
    })
}

/// A smaller world that still breaks a promise: each happening is left out where possible.
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

/// The seeds that are played.
fn seeds() -> Range<u64> {
    let is_full = std::env::var_os("CORDBOARD_TEST_FULL").is_some();
    let Ok(text) = std::env::var(WORLDS) else {
        return 0..if is_full { SEEDS_FULL } else { SEEDS };
    };
    let number = |text: &str| -> u64 {
        text.parse().unwrap_or_else(|_| panic!("{WORLDS} is {text}: it must look like 2000, or 2000..4000"))
    };
    match text.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&text),
    }
}

/// The progress of a run.
struct Run {
    began: Instant,
    worlds: u64,
    played: AtomicU64,
    broken: AtomicU64,
    /// The second of the run after which it reports next.
    told_at_s: AtomicU64,
}

impl Run {
    fn of(seeds: &Range<u64>) -> Self {
        Self {
            began: Instant::now(),
            worlds: seeds.end.saturating_sub(seeds.start),
            played: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            told_at_s: AtomicU64::new(TOLD_EVERY.as_secs()),
        }
    }

    /// Counts a played world. A broken promise is reported at once, because a run of hours may be stopped.
    fn played(&self, seed: u64, promises: &[String]) {
        let played = self.played.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(first) = promises.first() {
            self.broken.fetch_add(1, Ordering::Relaxed);
            figure(&format!("the world of the seed {seed} breaks a promise: {first}"));
        }
        let passed_s = self.began.elapsed().as_secs();
        let due_s = self.told_at_s.load(Ordering::Relaxed);
        let next_s = passed_s + TOLD_EVERY.as_secs();
        let is_due = passed_s >= due_s
            && self.told_at_s.compare_exchange(due_s, next_s, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_due {
            let left_s = passed_s * self.worlds.saturating_sub(played) / played;
            figure(&format!("{}; some {left_s} s are left", self.told()));
        }
    }

    fn told(&self) -> String {
        let (played, broken) = (self.played.load(Ordering::Relaxed), self.broken.load(Ordering::Relaxed));
        let passed = self.began.elapsed().as_secs_f64();
        format!("{played} of {} worlds in {passed:.0} s, {broken} broke a promise", self.worlds)
    }
}

/// Plays the worlds of these seeds, on as many threads as there are cores. Returns those that broke a promise, with the promises.
fn broken(seeds: &Range<u64>) -> Vec<(u64, Vec<String>)> {
    let (next, run) = (AtomicU64::new(seeds.start), Run::of(seeds));
    // A world runs on one thread; worlds of several threads know nothing of each other.
    let work = || {
        let mut broken = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return broken;
            }
            let promises = judge(&plan(seed));
            run.played(seed, &promises);
            if !promises.is_empty() {
                broken.push((seed, promises));
            }
        }
    };
    let broken = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let worker = || thread::Builder::new().name("campaigns::worlds".to_owned());
        let workers: Vec<_> = (0..threads).map(|_| worker().spawn_scoped(scope, work).unwrap()).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    figure(&run.told());
    broken
}

fn told(seed: u64, promises: &[String]) -> String {
    let short = shrunk(&plan(seed));
    format!(
        "{}\n  {}\nwith only what matters it is {short}to repeat it: {ALONE}={seed} cargo test --features fault-injection --test virtual \
         campaigns::worlds",
        plan(seed),
        promises.join("\n  ")
    )
}

#[test]
fn many_seeded_worlds_repeat_no_call_and_lose_nobody() {
    let alone = std::env::var(ALONE).ok().map(|seed| seed.parse::<u64>().unwrap());
    let mut broken = match alone {
        Some(seed) => vec![(seed, judge(&plan(seed)))],
        None => broken(&seeds()),
    };
    broken.retain(|(_, promises)| !promises.is_empty());
    broken.sort_by_key(|(seed, _)| *seed);
    let seeds: Vec<u64> = broken.iter().map(|(seed, _)| *seed).collect();
    let shown: Vec<String> =
        broken.iter().take(SHOWN_MAX).map(|(seed, promises)| told(*seed, promises)).collect();
    assert!(broken.is_empty(), "{} worlds broke a promise: {seeds:?}\n{}", seeds.len(), shown.join("\n\n"));
}

#[test]
fn worlds_that_broke_a_promise_once_keep_all() {
    for seed in BROKEN_ONCE {
        assert_eq!(judge(&plan(seed)), Vec::<String>::new(), "seed {seed}");
    }
}

/// A fault that can't be found again can't be fixed.
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
