//! Whole calls with faults, by seed: a caller who acts at random, a network that breaks, a store that fails, a process that dies.
//! `world.rs` and the files of its parties have the simulation. This file has the promises about every call.
//!
//! `CORDBOARD_SIM_SEEDS` sets how many calls are simulated. `CORDBOARD_SIM_SEED` plays and prints one of them.

mod assistant;
mod caller;
mod ear;
mod effects;
mod faults;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use cordboard_schema::call::CallState;
use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::ItemId;
use cordboard_schema::tool::ToolOutcome;

use faults::Faults;
use world::World;

const SEEDS: u64 = 3_000;

#[test]
fn every_call_keeps_its_promises_whatever_breaks() {
    for seed in seeds() {
        in_seed(seed, || keeps_its_promises(Faults::any(seed), seed));
    }
}

#[test]
fn without_faults_nothing_is_lost_or_doubled() {
    for seed in seeds() {
        in_seed(seed, || loses_nothing(seed));
    }
}

/// The seeds to play.
fn seeds() -> impl Iterator<Item = u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("CORDBOARD_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CORDBOARD_SIM_SEEDS").unwrap_or(SEEDS),
    }
}

fn in_seed(seed: u64, play: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(play)).is_err() {
        panic!("the call of CORDBOARD_SIM_SEED={seed} went wrong, see above");
    }
}

/// Plays a call to its end, and prints it if it is the only one.
fn played(faults: Faults, seed: u64) -> World {
    let mut world = World::new(faults, seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| world.run()));
    if outcome.is_err() || std::env::var_os("CORDBOARD_SIM_SEED").is_some() {
        println!("seed {seed}, {:?}\n{}", world.faults, world.printed);
    }
    assert!(outcome.is_ok(), "a promise was broken");
    world
}

fn keeps_its_promises(faults: Faults, seed: u64) {
    let world = played(faults, seed);
    let call = &world.call;
    call.promises.keep_at_the_end();
    call.compare_with_fold();
    assert_eq!(call.row().state, CallState::Ended);
    assert!(world.dialled <= 1, "the callee was dialled {} times", world.dialled);
    let lines = said_by_the_caller(&world);
    let heard = world.speeches_heard.len();
    assert!(lines >= heard, "{heard} speeches were heard, {lines} are in the transcript");
    assert_eq!(world.asks_unanswered(), 0, "a dialplan waits for ever");
}

fn loses_nothing(seed: u64) {
    let world = played(Faults::none(), seed);
    assert_eq!(said_by_the_caller(&world), world.speeches_heard.len(), "speech was lost or doubled");
    for &(item, heard_ms) in &world.items_heard {
        let written: Vec<u64> = said_by_the_assistant(&world, item);
        assert_eq!(written, [heard_ms], "utterance {item} was heard for {heard_ms} ms");
    }
    assert_eq!(world.call.row().cost_micros, 64_000 * world.answers_used, "not charged once for each answer");
    let decisions = || {
        world.call.entries.iter().filter_map(|entry| match &entry.event {
            Event::Decision(decision) => Some(decision),
            Event::Fact(_) => None,
        })
    };
    let kept = |effect| {
        decisions().any(|decision| {
            matches!(decision, Decision::ToolFinished { effect: of, outcome: ToolOutcome::Done { .. }, .. } if *of == effect)
        })
    };
    for decision in decisions() {
        if let Decision::MessageTaken { effect, .. } = decision {
            assert!(kept(*effect), "the message of tool {effect} was not kept");
        }
    }
}

fn said_by_the_caller(world: &World) -> usize {
    let is_line = |event: &Event| matches!(event, Event::Decision(Decision::CallerSaid { .. }));
    world.call.entries.iter().filter(|entry| is_line(&entry.event)).count()
}

/// Returns how much of an utterance was heard, according to its lines in the journal.
fn said_by_the_assistant(world: &World, item: ItemId) -> Vec<u64> {
    let of_item = |event: &Event| match event {
        Event::Decision(Decision::AssistantSaid { item: of, heard_ms, .. }) if *of == item => Some(*heard_ms),
        _ => None,
    };
    world.call.entries.iter().filter_map(|entry| of_item(&entry.event)).collect()
}
