//! A slow mail server, for tests. Compiled only with the feature `fault-injection`.
//!
//! A connection to it blocks, and stops a paused clock: a stand-in that is a task of the same thread can't be slow. So the wait is here, before the
//! connection. It applies to one thread, like the faults of the database.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::sleep;

thread_local! {
    static SLOWER: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Delays each connection of this thread to the mail server by this time from now on, or no longer.
pub fn set_slow(slower: Option<Duration>) {
    SLOWER.set(slower);
}

/// Waits as long as a slow mail server takes.
pub(super) async fn pass_slowly() {
    if let Some(slower) = SLOWER.get() {
        sleep(slower).await;
    }
}
