//! Events that strangers can cause as often as they like. They are logged once a minute at most, with a count, so that nobody can fill the log.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

/// How long events are counted before they are reported.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);

/// One kind of event. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct MinuteCounter(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    since_report: AtomicU64,
    first: Notify,
}

impl MinuteCounter {
    /// Counts one event.
    pub(crate) fn note(&self) {
        if self.0.since_report.fetch_add(1, Ordering::Relaxed) == 0 {
            self.0.first.notify_one();
        }
    }

    /// Reports the number of events, a minute after the first one. Run this in one task.
    pub(crate) async fn each_minute(&self, report: impl Fn(u64)) -> Infallible {
        loop {
            self.0.first.notified().await;
            sleep(PAUSE).await;
            report(self.0.since_report.swap(0, Ordering::Relaxed));
        }
    }
}
