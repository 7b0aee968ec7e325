//! A database that is away or slow, and a read that panics, as tests ask for it. Compiled only with the feature `fault-injection`.
//!
//! It is that of one thread: a server in virtual time has no other, and the servers of other threads have databases of their own.

use std::cell::Cell;
use std::time::Duration;

use cordboard_schema::limits::DATABASE_READ_WAIT_MS;
use tokio::time::{Instant, sleep};

use super::StoreError;
use super::changing::LastWord;

/// How often a read that waits for a database looks whether it is back.
const LOOK: Duration = Duration::from_millis(100);

/// A fault of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseFault {
    /// Every connection is refused.
    Away,
    /// The connection is lost over the next COMMIT, which was made all the same; from then on the database is away.
    AnswerLost,
    /// The connection is lost over the next COMMIT, which was not made; from then on the database is away.
    CommitLost,
    /// Each read and each transaction takes longer. Of the first change and every other one behind it, it is the COMMIT that does, so that whoever
    /// asked can't say in time whether it is made.
    Slow {
        /// By so many ms.
        ms: u64,
    },
}

/// A transaction whose connection is lost over its COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LostCommit {
    /// It is made.
    Made,
    /// It is not made.
    NotMade,
}

thread_local! {
    static FAULT: Cell<Option<DatabaseFault>> = const { Cell::new(None) };
    /// Changes that were slow since the fault began.
    static SLOW_CHANGES: Cell<u32> = const { Cell::new(0) };
    static NEXT_READ_PANICS: Cell<bool> = const { Cell::new(false) };
}

/// Has the next read of this thread panic, in the task that reads.
pub fn panic_at_next_read() {
    NEXT_READ_PANICS.set(true);
}

/// Has the database of this thread have a fault from now on, or none any more.
pub fn set(fault: Option<DatabaseFault>) {
    FAULT.set(fault);
    SLOW_CHANGES.set(0);
}

/// Why there is no connection, where the database is away.
pub(super) fn refused() -> Result<(), StoreError> {
    match FAULT.get() {
        Some(DatabaseFault::Away) => {
            Err(StoreError::NoConnection("it is refused: a fault that was asked for".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Whether the connection is lost over this COMMIT. The database is away from then on.
pub(super) fn lost_over_commit() -> Option<LostCommit> {
    let lost = match FAULT.get()? {
        DatabaseFault::AnswerLost => LostCommit::Made,
        DatabaseFault::CommitLost => LostCommit::NotMade,
        DatabaseFault::Away | DatabaseFault::Slow { .. } => return None,
    };
    FAULT.set(Some(DatabaseFault::Away));
    Some(lost)
}

/// Time that a read waits for the database: for a connection as long as it would for one of the pool.
#[allow(clippy::panic, reason = "the fault that a test asked for")]
pub(super) async fn before_read() {
    if NEXT_READ_PANICS.take() {
        panic!("a fault that was asked for: a read");
    }
    pass_slowly().await;
    let until = Instant::now() + Duration::from_millis(DATABASE_READ_WAIT_MS);
    while FAULT.get() == Some(DatabaseFault::Away) && Instant::now() < until {
        sleep(LOOK).await;
    }
}

/// Time that a change takes of a slow database.
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

/// Time that each transaction takes of a slow database, and each read.
pub(super) async fn pass_slowly() {
    if let Some(DatabaseFault::Slow { ms }) = FAULT.get() {
        sleep(Duration::from_millis(ms)).await;
    }
}
