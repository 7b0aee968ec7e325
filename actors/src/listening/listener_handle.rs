//! A port that accepts.

use std::fmt;
use std::sync::Arc;

use tokio::task::JoinHandle;

/// A port that accepts; `C` is what it counts. Dropping it closes the port.
pub struct ListenerHandle<C> {
    task: JoinHandle<()>,
    counters: Arc<dyn Fn() -> C + Send + Sync>,
}

impl<C: 'static> ListenerHandle<C> {
    /// A port that this task serves, and the reader of its counters.
    pub(crate) fn new(task: JoinHandle<()>, counters: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self { task, counters: Arc::new(counters) }
    }

    /// Closes the port and every connection whose handshake is under way; answered when the port is closed. The handshakes of a port
    /// that the service manager has given go on. Connections that were given to the registry are not touched.
    pub async fn close(mut self) {
        self.task.abort();
        // Ends as cancelled: there is nothing to learn from it.
        let _ = (&mut self.task).await;
    }

    /// Tells, from any thread and for as long as one likes, whether the port is open.
    pub fn is_open(&self) -> impl Fn() -> bool + Send + Sync + use<C> {
        let task = self.task.abort_handle();
        move || !task.is_finished()
    }

    /// Counters of the connections so far.
    pub fn counters(&self) -> C {
        (self.counters)()
    }

    /// Tells the same, from any thread and for as long as one likes.
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
