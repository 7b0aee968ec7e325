//! The simulator: whole calls by seed.
//!
//! A seed makes a [`plan`]: who calls when, what they say, which keys they press, what programs command, and which
//! faults strike. A world plays it ([`play`]): the whole server in one thread on tokio's paused time, with callers,
//! programs and a provider as tasks beside it, over real loopback sockets. The [`evidence`] has everything that the
//! parties heard and were told, and the records on disk. The promises to users ([`promises`]) are checked against it.
//! A plan that breaks a promise is made as short as it can be ([`shrink`]).
//!
//! The same plan is the same world, sample by sample.

#![allow(missing_debug_implementations, reason = "what holds sockets and servers has nothing to show")]

pub mod byte_transport;
pub mod evidence;
mod faults;
pub mod generate;
mod here;
mod http;
mod ledger;
mod log;
mod model;
pub mod parties;
pub mod plan;
pub mod play;
pub mod promises;
pub mod services;
pub mod shrink;
pub mod soak;
mod sound;
pub mod stage;
mod standstill;
pub mod tally;
pub mod trace;

use std::io;
use std::time::{Duration, Instant};

use evidence::Evidence;
use plan::Plan;
use promises::Broken;
use stage::Stage;
use tally::Tally;

/// Result of a plan that was played.
#[derive(Debug)]
pub struct Outcome {
    /// Promises that were broken.
    pub broken: Vec<Broken>,
    /// The same for the same plan.
    pub trace: String,
    /// Seconds of calls that it had.
    pub call_seconds: f64,
    /// Duration by the system's clock.
    pub took: Duration,
    /// Part of it that the promises took.
    pub checking_took: Duration,
    /// How often its calls came to what is rare or new.
    pub tally: Tally,
    /// All that is known.
    pub evidence: Evidence,
}

/// Plays a plan and judges it.
///
/// # Errors
/// The machine has no room for it, or the server did not start.
pub fn judge(stage: &Stage, plan: &Plan) -> io::Result<Outcome> {
    let began = Instant::now();
    let _watch = standstill::Watch::begin(plan.seed);
    let evidence = play::play(stage, plan)?;
    let played = began.elapsed();
    let broken = promises::broken(&evidence);
    Ok(Outcome {
        broken,
        trace: trace::hash(&evidence),
        call_seconds: call_seconds(&evidence),
        tally: tally::of(&evidence),
        took: began.elapsed(),
        checking_took: began.elapsed() - played,
        evidence,
    })
}

fn call_seconds(evidence: &Evidence) -> f64 {
    let stories = evidence.callers.iter().flat_map(|caller| &caller.stories);
    stories.map(|story| story.frames.len() as f64 / 50.0).sum()
}
