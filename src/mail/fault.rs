//! A mail server that is slow, as tests ask for it. Compiled only with the feature `fault-injection`.
//!
//! A talk with it blocks, and holds a paused clock while it does: a stand-in that is a task of the same thread can't be slow. So the wait is
//! here, before the talk. It is that of one thread, as the faults of the database are.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::sleep;

thread_local! {
    static SLOWER: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Has each talk of this thread with the mail server take so much longer from now on, or no longer any more.
pub fn set_slow(slower: Option<Duration>) {
    SLOWER.set(slower);
}

/// Time that a talk takes of a slow mail server.
pub(super) async fn pass_slowly() {
    if let Some(slower) = SLOWER.get() {
        sleep(slower).await;
    }
}
