//! A port that accepts connections.

use std::fmt;
use std::sync::Arc;

use tokio::task::JoinHandle;

/// A port that accepts connections; `C` is what it counts. Dropping it closes the port.
pub struct ListenerHandle<C> {
    task: JoinHandle<()>,
    counters: Arc<dyn Fn() -> C + Send + Sync>,
}

impl<C: 'static> ListenerHandle<C> {
    /// Returns a handle to a port that this task serves; `counters` reads its counters.
    pub(crate) fn new(task: JoinHandle<()>, counters: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self { task, counters: Arc::new(counters) }
    }

    /// Closes the port and every connection with a running handshake; completes when the port is closed. The handshakes of a port
    /// that the service manager has passed on continue. Connections that the registry already has are not touched.
    pub async fn close(mut self) {
        self.task.abort();
        // It ends as cancelled, which is no error.
        let _ = (&mut self.task).await;
    }

    /// Returns a function that reports whether the port is open, for any thread and without a time limit.
    pub fn is_open(&self) -> impl Fn() -> bool + Send + Sync + use<C> {
        let task = self.task.abort_handle();
        move || !task.is_finished()
    }

    /// Returns the counters of the connections so far.
    pub fn counters(&self) -> C {
        (self.counters)()
    }

    /// Returns a function that reads the counters, for any thread and without a time limit.
    pub fn tally(&self) -> impl Fn() -> C + Send + Sync + use<C> {
        let counters = Arc::clone(&self.counters);
        move || counters()
    }
}

impl<C> fmt::Debug for ListenerHandle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerHandle").field("is_open", &!self.task.is_finished()).finish_non_exhaustive()
    }
}

impl<C> Drop for ListenerHandle<C> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
