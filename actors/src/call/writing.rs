//! Writes of the store for a call, made once all that the call has journalled is on disk.

use std::time::Duration;

use actix::Recipient;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use crate::messages::{Commit, NotWritten, StoreFault, WriteDone, WriteForCall};
use crate::tools::ToolWrite;

/// Time that an effect that can't be repeated waits for the journal: a dialling, a message or a booking has to be on record first,
/// and no caller waits longer for a database that hangs.
const COMMIT_WAIT: Duration = Duration::from_secs(2);

/// Time that the store may take to write for a tool: it gives a change up after 2 s itself.
const WRITE_WAIT: Duration = Duration::from_secs(4);

/// How long it is tried to write what was asked for once and holds from then on.
const OWED_FOR: Duration = Duration::from_secs(3_600);
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

/// Whether this is to be written also where the store could not do it in time: somebody who is not to be called any more says so once, and nobody
/// asks them again.
pub(super) fn is_owed(write: &ToolWrite) -> bool {
    matches!(write, ToolWrite::DoNotCall(_))
}

/// Goes on trying, behind the call, too, until the store has written it. Written twice it is the same.
pub(super) async fn written_late(
    commit: Recipient<Commit>,
    store: Recipient<WriteForCall>,
    request: WriteForCall,
) {
    let until = Instant::now() + OWED_FOR;
    let mut pause = PAUSE_FIRST;
    while Instant::now() < until {
        sleep(pause).await;
        pause = (2 * pause).min(PAUSE_MAX);
        match written(committed(&commit), &store, request.clone()).await {
            Ok(_) => return info!("what the store could not write in time is written"),
            Err(NotWritten::Refused(_) | NotWritten::Store(StoreFault::Closed)) => return,
            Err(NotWritten::Store(_)) => {}
        }
    }
    warn!(
        "somebody is not to be called any more, and the store has not written it: the transcript has their words"
    );
}
