//! Events that strangers can cause as often as they like: the log has them once a minute at most, with a count, so that
//! nobody can fill it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

/// How long is counted before it is reported.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);

/// One kind of happening. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rarely(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    since_told: AtomicU64,
    first: Notify,
}

impl Rarely {
    /// It has happened once more.
    pub(crate) fn note(&self) {
        if self.0.since_told.fetch_add(1, Ordering::Relaxed) == 0 {
            self.0.first.notify_one();
        }
    }

    /// Tells how often it was, a minute after the first time. To be run by one task.
    pub(crate) async fn each_minute(&self, tell: impl Fn(u64)) -> Infallible {
        loop {
            self.0.first.notified().await;
            sleep(PAUSE).await;
            tell(self.0.since_told.swap(0, Ordering::Relaxed));
        }
    }
}
