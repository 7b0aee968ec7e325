//! The simulator: whole calls by seed.
//!
//! A seed makes a [`plan`]: who calls when, what they say, which keys they press, what programs command, and which faults strike. A world plays it
//! ([`play`]): the whole server in one thread on tokio's paused time, with callers, programs and a provider as other tasks, over real loopback
//! sockets. The [`evidence`] has everything that the parties heard and received, and the records on disk. It is checked against the promises to users
//! ([`promises`]). A plan that breaks a promise is made as short as possible ([`shrink`]).
//!
//! The same plan is the same world, sample by sample.

#![allow(missing_debug_implementations, reason = "types that hold sockets and servers have nothing to show")]

pub mod byte_transport;
pub mod evidence;
mod faults;
pub mod generate;
mod here;
mod http;
mod ledger;
mod log;
mod model;
mod on_disk;
pub mod parties;
pub mod plan;
pub mod play;
pub mod promises;
mod recording_files;
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

/// Result of a played plan.
#[derive(Debug)]
pub struct Outcome {
    /// Broken promises.
    pub broken: Vec<Broken>,
    /// The trace, the same for the same plan.
    pub trace: String,
    /// Seconds of calls in it.
    pub call_seconds: f64,
    /// Duration by the system's clock.
    pub took: Duration,
    /// Part of that duration that the promises took.
    pub checking_took: Duration,
    /// Counts of rare or new things in its calls.
    pub tally: Tally,
    /// All evidence.
    pub evidence: Evidence,
}

/// Plays a plan and checks its promises.
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
