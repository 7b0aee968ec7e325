//! Simulates a database that is unavailable or slow, and a read that panics, for tests. Compiled only with the feature `fault-injection`.
//!
//! Faults belong to one thread: a server in virtual time has no other, and servers on other threads have databases of their own.

use std::cell::Cell;
use std::time::Duration;

use cordboard_schema::limits::DATABASE_READ_WAIT_MS;
use tokio::time::{Instant, sleep};

use super::StoreError;
use super::changing::LastWord;

/// How often a waiting read checks whether the database is back.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// A fault of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseFault {
    /// Every connection is refused.
    Away,
    /// The connection is lost during the next COMMIT, which succeeds. After that the database is away.
    AnswerLost,
    /// The connection is lost during the next COMMIT, which is not done. After that the database is away.
    CommitLost,
    /// Each read and each transaction takes longer. For every other change, beginning with the first, it is the COMMIT, so that the caller does not
    /// learn in time whether it is done.
    Slow {
        /// The delay in ms.
        ms: u64,
    },
}

/// The outcome of a transaction whose connection is lost during its COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LostCommit {
    /// It is committed.
    Made,
    /// It is not committed.
    NotMade,
}

thread_local! {
    static FAULT: Cell<Option<DatabaseFault>> = const { Cell::new(None) };
    /// Slow changes since the fault began.
    static SLOW_CHANGES: Cell<u32> = const { Cell::new(0) };
    static NEXT_READ_PANICS: Cell<bool> = const { Cell::new(false) };
}

/// Makes the next read of this thread panic, in the reading task.
pub fn panic_at_next_read() {
    NEXT_READ_PANICS.set(true);
}

/// Sets or ends the fault of this thread's database.
pub fn set(fault: Option<DatabaseFault>) {
    FAULT.set(fault);
    SLOW_CHANGES.set(0);
}

/// Returns the error of a connection while the database is away.
pub(super) fn refused() -> Result<(), StoreError> {
    match FAULT.get() {
        Some(DatabaseFault::Away) => {
            Err(StoreError::NoConnection("it is refused: a fault that was asked for".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Tells whether the connection is lost during this COMMIT. The database is away from then on.
pub(super) fn lost_over_commit() -> Option<LostCommit> {
    let lost = match FAULT.get()? {
        DatabaseFault::AnswerLost => LostCommit::Made,
        DatabaseFault::CommitLost => LostCommit::NotMade,
        DatabaseFault::Away | DatabaseFault::Slow { .. } => return None,
    };
    FAULT.set(Some(DatabaseFault::Away));
    Some(lost)
}

/// Delays a read while the database is away, at most as long as it waits for a pooled connection.
#[allow(clippy::panic, reason = "the fault that a test asked for")]
pub(super) async fn before_read() {
    if NEXT_READ_PANICS.take() {
        panic!("a fault that was asked for: a read");
    }
    pass_slowly().await;
    let until = Instant::now() + Duration::from_millis(DATABASE_READ_WAIT_MS);
    while FAULT.get() == Some(DatabaseFault::Away) && Instant::now() < until {
        sleep(CHECK_INTERVAL).await;
    }
}

/// Delays a change on a slow database.
pub(super) async fn before_change(word: &LastWord) {
    if word.is_given_up() || !matches!(FAULT.get(), Some(DatabaseFault::Slow { .. })) {
        return;
    }
    let nth = SLOW_CHANGES.get();
    SLOW_CHANGES.set(nth.wrapping_add(1));
    if nth.is_multiple_of(2) {
        word.commit();
    }
    pass_slowly().await;
}

/// Delays each transaction and each read on a slow database.
pub(super) async fn pass_slowly() {
    if let Some(DatabaseFault::Slow { ms }) = FAULT.get() {
        sleep(Duration::from_millis(ms)).await;
    }
}
