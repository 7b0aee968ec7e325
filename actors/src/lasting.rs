//! Work apart from calls that lasts as long as the server: campaigns, alarms, retention and the like. Each is one
//! task, and nothing waits for its end. If a task panics it is started again, with what the store has.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix::ArbiterHandle;
use futures_util::FutureExt;
use tokio::time::{Instant, sleep};

use crate::panic_text::panic_text;

/// The pause before work is started again that has only just started; it doubles with each panic in a row.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause. Work that has lasted this long gets the shortest pause again.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Runs work on an arbiter to its end, as [`last`] does. Returns whether the arbiter is there.
pub fn last_on(arbiter: &ArbiterHandle, job: &'static str, work: impl AsyncFnMut() + Send + 'static) -> bool {
    arbiter.spawn_fn(move || {
        actix_rt::spawn(last(job, work));
    })
}

/// Runs work to its end, however often it panics before.
pub async fn last(job: &'static str, mut work: impl AsyncFnMut()) {
    let mut pause = PAUSE_MIN;
    loop {
        let began = Instant::now();
        let Err(panic) = AssertUnwindSafe(work()).catch_unwind().await else { return };
        tracing::error!(
            job,
            panic = panic_text(panic.as_ref()),
            "a background task died: it is started again"
        );
        if began.elapsed() >= PAUSE_MAX {
            pause = PAUSE_MIN;
        }
        sleep(pause).await;
        pause = (2 * pause).min(PAUSE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which work starts that lasts this long each time; at last it ends without a panic.
    async fn begun_at(lasts_s: &[u64]) -> Vec<u64> {
        let began = Instant::now();
        let (mut begun, mut lasts) = (Vec::new(), lasts_s.iter());
        let work = async || {
            begun.push(began.elapsed().as_secs());
            if let Some(lasts_s) = lasts.next() {
                sleep(Duration::from_secs(*lasts_s)).await;
                panic!("a fault that was asked for");
            }
        };
        last("a job", work).await;
        begun
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_panics_is_restarted_after_growing_pauses() {
        assert_eq!(begun_at(&[0, 0, 0]).await, [0, 1, 3, 7]);
        assert_eq!(begun_at(&[]).await, [0], "work that ends in order is not started again");
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_has_lasted_is_restarted_soon() {
        assert_eq!(begun_at(&[0, 0, 60, 0]).await, [0, 1, 3, 64, 66]);
    }
}
