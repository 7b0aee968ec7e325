//! Writes of the store for a call, made once all that the call has journalled is on disk.

use std::time::Duration;

use actix::Recipient;
use cordboard_schema::limits::OWED_WRITES_MS;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use crate::messages::{Commit, NotWritten, StoreFault, WriteDone, WriteForCall};

/// Time that an effect that can't be repeated waits for the journal: a dialling, a message or a booking has to be on record first,
/// and no caller waits longer for a database that hangs.
const COMMIT_WAIT: Duration = Duration::from_secs(2);

/// Time that the store may take to write for a tool: it gives a change up after 2 s itself.
const WRITE_WAIT: Duration = Duration::from_secs(4);

/// The first pause between two tries, which doubles, and the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Resolves when all that was journalled before is on disk, or why that can't be said in time.
pub(super) fn committed(commit: &Recipient<Commit>) -> impl Future<Output = Result<(), StoreFault>> + use<> {
    let committed = timeout(COMMIT_WAIT, commit.send(Commit));
    async move {
        match committed.await {
            Ok(Ok(stored)) => stored,
            Ok(Err(_)) => Err(StoreFault::Closed),
            Err(_) => Err(StoreFault::TimedOut),
        }
    }
}

/// Has the store write this once what was journalled is on disk. Each wait has an end.
pub(super) async fn written(
    committed: impl Future<Output = Result<(), StoreFault>>,
    store: &Recipient<WriteForCall>,
    request: WriteForCall,
) -> Result<WriteDone, NotWritten> {
    committed.await?;
    match timeout(WRITE_WAIT, store.send(request)).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(StoreFault::Closed.into()),
        Err(_) => Err(StoreFault::TimedOut.into()),
    }
}

/// A write that is owed and not done yet. Whoever lets go of it before, as a server that ends, says so.
struct Owed {
    is_settled: bool,
}

impl Drop for Owed {
    fn drop(&mut self) {
        if !self.is_settled {
            warn!(
                "somebody is not to be called any more, and the store has not written it: a server that is started within the hour does so"
            );
        }
    }
}

/// Goes on trying, behind the call, too, until the store has written it, and returns its answer; none where it was not written. Written twice
/// it is the same.
pub(super) async fn written_late(
    commit: Recipient<Commit>,
    store: Recipient<WriteForCall>,
    request: WriteForCall,
) -> Option<WriteDone> {
    let mut owed = Owed { is_settled: false };
    let until = Instant::now() + Duration::from_millis(OWED_WRITES_MS);
    let mut pause = PAUSE_FIRST;
    while Instant::now() < until {
        sleep(pause).await;
        pause = (2 * pause).min(PAUSE_MAX);
        match written(committed(&commit), &store, request.clone()).await {
            Ok(done) => {
                owed.is_settled = true;
                info!("what the store could not write in time is written");
                return Some(done);
            }
            Err(NotWritten::Refused(reason)) => {
                owed.is_settled = true;
                warn!(reason, "somebody is not to be called any more, and it can't be written");
                return None;
            }
            Err(NotWritten::Store(StoreFault::Closed)) => return None,
            Err(NotWritten::Store(_)) => {}
        }
    }
    owed.is_settled = true;
    warn!(
        "somebody is not to be called any more, and the store has not written it: the transcript has their words"
    );
    None
}
