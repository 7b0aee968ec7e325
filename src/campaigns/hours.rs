//! Sums the calls of campaigns of an earlier version by hour, once: in parts, after the start, while the server takes calls and campaigns run. After
//! a crash the next process continues.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::AGAIN_MS;
use crate::repeated_failure::RepeatedFailure;
use crate::store::{Store, StoreError, change, query};

/// Pause between two parts, in which others write.
const PAUSE: Duration = Duration::from_millis(20);
/// Interval of log lines about the progress.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// Sums calls of an earlier version by hour.
#[derive(Clone)]
pub struct HourFiller {
    /// Keeps campaigns and their calls.
    pub store: Store,
}

impl HourFiller {
    /// Sums all of them.
    pub async fn run(self) {
        let mut failures = RepeatedFailure::of("summing of campaigns' calls by hour");
        loop {
            let outcome = failures.note(self.fill().await, |error| {
                tracing::warn!(%error, "calls of campaigns can't be summed by hour; trying again later");
            });
            if outcome.is_some() {
                return;
            }
            sleep(Duration::from_millis(AGAIN_MS)).await;
        }
    }

    async fn fill(&self) -> Result<(), StoreError> {
        let left = self.store.reads().run(query::attempts_without_hour).await?;
        if left == 0 {
            return Ok(());
        }
        tracing::info!(left, "calls of campaigns are summed by hour, once");
        let (mut summed, mut logged_at) = (0_u64, Instant::now());
        loop {
            let part = self.store.change(change::fill_some_hours).await?;
            if part == 0 {
                break;
            }
            summed = summed.saturating_add(part);
            if logged_at.elapsed() >= LOG_INTERVAL {
                logged_at = Instant::now();
                tracing::info!(summed, of = left, "calls of campaigns are summed by hour");
            }
            sleep(PAUSE).await;
        }
        tracing::info!(summed, "calls of campaigns are summed by hour: all of them");
        Ok(())
    }
}
