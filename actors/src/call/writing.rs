//! Writes of the store for a call, made once everything that the call has journalled is on disk.

use std::time::Duration;

use actix::Recipient;
use cordboard_schema::limits::PENDING_WRITES_MS;
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use crate::messages::{Commit, NotWritten, StoreFault, WriteDone, WriteForCall};

/// How long an effect that can't be repeated waits for the journal: a call to a phone, a message or a booking has to
/// be on record first, and no caller waits longer for a database that hangs.
const COMMIT_WAIT: Duration = Duration::from_secs(2);

/// The time that the store may take to write for a tool: the store itself gives up a change after 2 s.
const WRITE_WAIT: Duration = Duration::from_secs(4);

/// The first pause between two tries, which doubles, and the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Resolves when everything that was journalled before is on disk, or with the reason why that is not known in time.
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

/// Has the store write this once the journal so far is on disk. Each wait has a timeout.
pub(super) async fn written(
    committed: impl Future<Output = Result<(), StoreFault>>,
    store: &Recipient<WriteForCall>,
    request: WriteForCall,
) -> Result<WriteDone, NotWritten> {
    committed.await?;
    match timeout(WRITE_WAIT, store.send(request)).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(StoreFault::Closed.into()),
        Err(_) => Err(NotWritten::Unconfirmed),
    }
}

/// A write that is due and not done yet. If it is dropped before, for example because the server ends, that is logged.
struct PendingWrite {
    is_settled: bool,
}

impl Drop for PendingWrite {
    fn drop(&mut self) {
        if !self.is_settled {
            warn!("a do-not-call request was not stored: a server that is started within the hour stores it");
        }
    }
}

/// Keeps trying, also after the end of the call, until the store has written it, and returns the store's answer; none
/// if it could not be written. A repeated write has the same result.
pub(super) async fn written_late(
    commit: Recipient<Commit>,
    store: Recipient<WriteForCall>,
    request: WriteForCall,
) -> Option<WriteDone> {
    let mut pending = PendingWrite { is_settled: false };
    let until = Instant::now() + Duration::from_millis(PENDING_WRITES_MS);
    let mut pause = PAUSE_FIRST;
    while Instant::now() < until {
        sleep(pause).await;
        pause = (2 * pause).min(PAUSE_MAX);
        match written(committed(&commit), &store, request.clone()).await {
            Ok(done) => {
                pending.is_settled = true;
                info!("a delayed write of the store is done");
                return Some(done);
            }
            Err(NotWritten::Refused(reason)) => {
                pending.is_settled = true;
                warn!(reason, "a do-not-call request can't be stored");
                return None;
            }
            Err(NotWritten::Store(StoreFault::Closed)) => return None,
            Err(NotWritten::Store(_) | NotWritten::Unconfirmed) => {}
        }
    }
    pending.is_settled = true;
    warn!("a do-not-call request was not stored: the transcript has the caller's words");
    None
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use actix::{Actor, Context, Handler, ResponseFuture};
    use cordboard_schema::ids::{CallId, EffectId, OrganizationId};
    use tokio::task::LocalSet;
    use uuid::Uuid;

    use super::*;
    use crate::tools::{LeadWords, ToolWrite};

    /// A store that gets requests and does not answer.
    struct Hanging;

    impl Actor for Hanging {
        type Context = Context<Self>;
    }

    impl Handler<WriteForCall> for Hanging {
        type Result = ResponseFuture<Result<WriteDone, NotWritten>>;

        fn handle(&mut self, _: WriteForCall, _: &mut Context<Self>) -> Self::Result {
            Box::pin(pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_an_answer_may_be_written() {
        let asked = async {
            let request = WriteForCall {
                organization_id: OrganizationId(Uuid::nil()),
                call_id: CallId(Uuid::nil()),
                effect: EffectId(1),
                write: ToolWrite::Lead(LeadWords::default()),
            };
            let store = Hanging.start().recipient();
            let unsent = written(async { Err(StoreFault::TimedOut) }, &store, request.clone()).await;
            (unsent, written(async { Ok(()) }, &store, request).await)
        };
        let done = LocalSet::new().run_until(asked).await;
        assert_eq!(done, (Err(StoreFault::TimedOut.into()), Err(NotWritten::Unconfirmed)));
    }
}
