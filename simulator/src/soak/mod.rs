//! A soak in virtual time: for hours callers, agents and a program come and go, no fault strikes, and the server's holdings are measured. Anything
//! that the server keeps of parties who are gone shows as a figure that grows with the calls.

mod look;
mod report;
mod town;

use std::io;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::time::sleep_until;

pub use look::Look;
pub use report::SoakFigures;
pub use town::Failures;
use town::Town;

use crate::play::ORIGIN;
use crate::stage::{Stage, in_virtual_time};
use crate::standstill;

/// Interval at which parties come, act and leave.
const TICK: Duration = Duration::from_millis(100);

/// Size of a soak.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
    /// Seed of all comings and goings, and of random numbers in the server.
    pub seed: u64,
    /// Callers at once.
    pub calls: u32,
    /// Time for which callers come.
    pub length: Duration,
    /// Time between two measurements.
    pub look_every: Duration,
}

/// Plays a soak. `tell` gets each measurement.
///
/// # Errors
/// The machine has no room for it, the server did not start, or it can't be measured.
pub fn play(stage: &Stage, soak: Soak, tell: &dyn Fn(&Look)) -> io::Result<SoakFigures> {
    let began = Instant::now();
    let _watch = standstill::Watch::begin(soak.seed);
    let folder = stage.copy()?;
    let origin: DateTime<Utc> = ORIGIN.parse().map_err(io::Error::other)?;
    in_virtual_time(origin, soak.seed, async || {
        let mut town = Town::open(stage, soak, folder.path()).await?;
        let idle = town.look_at_rest().await?;
        let from = tokio::time::Instant::now();
        let (mut looks, mut ticks) = (Vec::new(), from);
        while ticks < from + soak.length {
            sleep_until(ticks).await;
            town.tick(ticks).await?;
            // The first measurement is after the first interval: caches fill when the first callers come.
            if ticks >= from + soak.look_every * (looks.len() as u32 + 1) {
                let look = town.look(ticks.duration_since(from)).await?;
                tell(&look);
                looks.push(look);
            }
            ticks += TICK;
        }
        let after = town.everybody_leaves(from).await?;
        let (begun, failures, warnings) = town.close().await?;
        Ok::<_, io::Error>(SoakFigures {
            seed: soak.seed,
            calls: soak.calls,
            begun,
            idle,
            growth: report::growth_of(looks.get(looks.len() / 2..).unwrap_or_default()),
            looks,
            after,
            took_s: began.elapsed().as_secs(),
            failures,
            warnings,
        })
    })
}
