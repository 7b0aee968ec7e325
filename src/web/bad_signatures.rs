//! Webhooks and handshakes with a wrong signature or without one. Anybody can send any number, so the log has one line a minute, with a count and the
//! newest one; at level debug it has each.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::minute_counter::MinuteCounter;

/// A rejected request.
#[derive(Debug)]
struct Newest {
    path: String,
    why: String,
}

/// Recent rejected requests. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct BadSignatures {
    newest: Arc<Mutex<Option<Newest>>>,
    counter: MinuteCounter,
}

impl BadSignatures {
    /// Notes a rejected request for this path.
    pub(super) fn note(&self, path: &str, why: &dyn Display) {
        tracing::debug!(path, %why, "rejected a request without a valid signature");
        *self.newest() = Some(Newest { path: path.to_owned(), why: why.to_string() });
        self.counter.note();
    }

    /// Reports them in the log, as long as the server runs.
    pub(super) async fn log_periodically(&self) -> Infallible {
        let log = |requests: u64| {
            let newest = self.newest().take();
            let (path, why) = newest.map(|Newest { path, why }| (path, why)).unzip();
            tracing::warn!(
                requests,
                path,
                why,
                "turned down requests without a valid signature: compare the service's secret and the address that it uses with the configuration; \
                 at level debug the log has each"
            );
        };
        self.counter.each_minute(log).await
    }

    fn newest(&self) -> MutexGuard<'_, Option<Newest>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
