//! Whole calls of callers on FreeSWITCH, by seed: a switch with both halves, lost links, missing audio, people who answer or don't, a
//! process that dies. The world is in `world.rs`, the switch in `switch.rs`.
//!
//! `CORDBOARD_SIM_SEEDS` sets how many calls are played. `CORDBOARD_SIM_SEED` plays and prints one of them.

mod parties;
mod switch;
mod world;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use world::World;

const SEEDS: u64 = 3_000;
/// A hang-up ends the call within this time, in ms, whatever was lost: the longest that anyone is awaited, plus the time until a switch's
/// list shows what no link reported.
const HANG_UP_SEEN_MS_MAX: u64 = 45_000;
/// How long a switch may take to report a channel that it no longer has, in ms.
const WORD_MS: u64 = 500;

#[test]
fn whatever_breaks_nothing_is_left_and_every_hang_up_counts() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("CORDBOARD_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CORDBOARD_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let is_one = seeds.clone().count() == 1;
    let mut met = BTreeSet::new();
    for seed in seeds {
        let mut world = World::new(seed);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            world.run();
            keeps_its_promises(&world);
        }));
        if outcome.is_err() || std::env::var_os("CORDBOARD_SIM_SEED").is_some() {
            println!("{}", world.printed);
        }
        assert!(outcome.is_ok(), "the call of CORDBOARD_SIM_SEED={seed} went wrong, see above");
        met.extend(world.call.entries.iter().map(|entry| entry.event.kind()));
    }
    // Otherwise these calls would prove nothing.
    for kind in
        ["handoff_bridged", "handoff_abandoned", "caller_returned", "hold_ended", "resumed", "mode_changed"]
    {
        assert!(is_one || met.contains(kind), "no call had {kind}");
    }
}

fn keeps_its_promises(world: &World) {
    world.call.promises.keep_at_the_end();
    world.call.compare_with_fold();
    the_report_counts_not_the_list(world);
    let switch = &world.switch;
    assert!(switch.leg.is_none(), "audio is left alive");
    assert!(switch.outbound.is_none(), "a control link is left open");
    if !switch.is_bridged {
        assert!(switch.agent.is_none(), "a person's phone is left");
    }
    // A channel without any link at the end is left to its dialplan. One that is bridged or sent on belongs to another party.
    let is_ours = switch.is_alive && !switch.is_elsewhere && !switch.is_bridged;
    assert!(!is_ours || !world.had_link_at_end, "the channel is left alive");
    if let Some(died_at) = switch.died_at {
        let seen_ms = world.ended_at.unwrap().ms_since(died_at);
        assert!(seen_ms < HANG_UP_SEEN_MS_MAX, "a hang-up was seen after {seen_ms} ms");
    }
}

/// If the switch reports how its channel ended, the call ends for that reason, even if the channel was seen to be gone before.
fn the_report_counts_not_the_list(world: &World) {
    let mut entries = world.call.entries.iter();
    let is_gone = |entry: &&JournalEntry| entry.event == Event::Fact(Fact::ChannelGone);
    let Some(looked_at) = entries.find(is_gone).map(|entry| entry.at) else { return };
    let is_reported = entries.any(|entry| {
        matches!(entry.event, Event::Fact(Fact::Hangup { .. })) && entry.at.ms_since(looked_at) < WORD_MS
    });
    let ended_so = |entry: &JournalEntry| match &entry.event {
        Event::Decision(Decision::Ended { ending, .. }) => ending.cause == HangupCause::channel_gone(),
        _ => false,
    };
    assert!(
        !is_reported || !world.call.entries.iter().any(ended_so),
        "the switch has reported how the channel ended"
    );
}
