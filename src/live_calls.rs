//! Live calls, folded from the journal's tap: the part that all readers of the tap share.
//!
//! At its start, and whenever it fell behind, it reads the calls from the database, after all rows handed in so far are written. So an entry may be
//! seen twice: in the row that was read, and in the tap.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{sleep, timeout};

use crate::store::{Connection, Store, StoreError};

/// Pause between two attempts to have everything on disk while the database accepts nothing.
const CATCH_UP_PAUSE: Duration = Duration::from_secs(1);
/// Maximum wait for it, if nothing can be done without the newest entries.
const WRITTEN_WAIT_MAX: Duration = Duration::from_secs(60);
/// Pause between two attempts to read the database.
const READ_PAUSE: Duration = Duration::from_secs(5);

/// Calls by their ids.
pub(crate) type Calls = BTreeMap<CallId, Call>;

/// Effect of an entry on the known calls.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A call begins, and is known from now on.
    Begins,
    /// The entry continues this call, which must take it in.
    Continues(&'a mut Call),
    /// The entry belongs to no known call, for example to one that is over.
    Unknown,
}

/// Returns the effect of this entry; none if the call's row contains it already.
pub(crate) fn step<'a>(calls: &'a mut Calls, entry: &JournalEntry) -> Option<Step<'a>> {
    use std::collections::btree_map::Entry;
    match calls.entry(entry.call_id) {
        Entry::Occupied(known) => {
            let call = known.into_mut();
            (entry.seq > call.last_seq).then_some(Step::Continues(call))
        }
        Entry::Vacant(unknown) => Some(match Call::begin(entry) {
            Some(call) => {
                unknown.insert(call);
                Step::Begins
            }
            None => Step::Unknown,
        }),
    }
}

/// Resolves once everything that was handed in before is on disk; never if that does not happen.
pub(crate) type CaughtUp = BoxFuture<'static, ()>;

/// Values that were read, and the wait for entries that may be missing in them.
pub(crate) struct Read<T> {
    /// The values in the database.
    pub(crate) found: T,
    /// The database has not taken everything that was handed in. Once it has, the values must be read again.
    pub(crate) catch_up: Option<CaughtUp>,
}

/// Replaces the known calls by those that were found. While the database is behind, newer state is kept.
pub(crate) fn renew(known: &mut Calls, found: Vec<Call>, is_stale: bool) {
    let found = found.into_iter().map(|call| (call.id, call)).collect();
    let before = std::mem::replace(known, found);
    let is_newer = |call: &Call| known.get(&call.id).is_none_or(|found| found.last_seq < call.last_seq);
    let newer = before.into_iter().filter(|(_, call)| is_stale && call.ended_at.is_none() && is_newer(call));
    let newer: Vec<_> = newer.collect();
    known.extend(newer);
}

/// Reads something about calls from the disk, once everything that was handed in is there. A database that accepts no writes at the moment can still
/// be read.
///
/// # Errors
/// Fails if it can't be read.
pub(crate) async fn read<T: Send + 'static>(
    store: &Store,
    query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<Read<T>, StoreError> {
    let is_stale = store.commit().await.is_err();
    let found = store.reads().run(query).await?;
    Ok(Read { found, catch_up: is_stale.then(|| caught_up(store.clone())) })
}

/// Waits until everything that was handed in before is on disk, for a minute at most.
pub(crate) async fn written(store: &Store) {
    let _ = timeout(WRITTEN_WAIT_MAX, caught_up(store.clone())).await;
}

fn caught_up(store: Store) -> CaughtUp {
    async move {
        while store.commit().await.is_err() {
            sleep(CATCH_UP_PAUSE).await;
        }
    }
    .boxed()
}

/// The wait before a failed read is repeated.
pub(crate) fn a_while() -> CaughtUp {
    sleep(READ_PAUSE).boxed()
}

/// Waits for it; forever if there is nothing to wait for.
pub(crate) async fn when(catch_up: &mut Option<CaughtUp>) {
    match catch_up {
        Some(caught_up) => caught_up.await,
        None => std::future::pending().await,
    }
    *catch_up = None;
}

/// Waits for the end of a call; false if the store is closed. Other ends that have arrived in the meantime are taken together. If each were handled
/// alone, slow readers would fall ever further behind on a busy server, and the tap would hold all entries since.
pub(crate) async fn an_end(tap: &mut broadcast::Receiver<Arc<JournalEntry>>) -> bool {
    loop {
        match tap.recv().await {
            Ok(entry) if matches!(entry.event, Event::Decision(Decision::Ended { .. })) => break,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => break,
            Err(RecvError::Closed) => return false,
        }
    }
    while matches!(tap.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
    true
}

#[cfg(test)]
mod tests {
    use cordboard_schema::call::CallState;
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;
    use crate::store::entries::Conversation;

    #[test]
    fn entries_that_a_row_contains_are_not_applied_again() {
        let mut said = Conversation::new(OrganizationId(Uuid::nil()));
        let mut entries = said.live();
        entries.extend(said.ended(NextStep::Hangup));
        let mut calls = Calls::new();
        assert!(matches!(step(&mut calls, &entries[1]), Some(Step::Unknown)));
        assert!(matches!(step(&mut calls, &entries[0]), Some(Step::Begins)));
        for entry in &entries[1..] {
            let Some(Step::Continues(call)) = step(&mut calls, entry) else { panic!("{entry:?}") };
            call.apply(entry);
        }
        let whole = calls.clone();
        assert!(entries.iter().all(|entry| step(&mut calls, entry).is_none()));
        assert_eq!((calls[&said.call_id].state, &calls), (CallState::Ended, &whole));
    }

    #[tokio::test]
    async fn waiting_ends_are_taken_together() {
        let (journal, mut tap) = broadcast::channel(64);
        let calls = |count: usize| {
            for _ in 0..count {
                let mut said = Conversation::new(OrganizationId(Uuid::nil()));
                let mut entries = said.live();
                entries.extend(said.ended(NextStep::Hangup));
                entries.into_iter().for_each(|entry| drop(journal.send(Arc::new(entry))));
            }
        };
        calls(3);
        assert!(an_end(&mut tap).await);
        assert_eq!(journal.len(), 0);
        // More entries than the tap holds. One that was missed may have been an end.
        calls(20);
        assert!(an_end(&mut tap).await);
        assert_eq!(journal.len(), 0);
        drop(journal);
        assert!(!an_end(&mut tap).await);
    }

    #[test]
    fn newer_knowledge_stays_only_while_the_database_is_behind() {
        let mut known = Calls::new();
        let mut begins = |is_on_disk: bool| {
            let mut said = Conversation::new(OrganizationId(Uuid::nil()));
            let entries = said.live();
            assert!(matches!(step(&mut known, &entries[0]), Some(Step::Begins)));
            let older = is_on_disk.then(|| known[&said.call_id].clone());
            let Some(Step::Continues(call)) = step(&mut known, &entries[1]) else { panic!("it continues") };
            call.apply(&entries[1]);
            older
        };
        let on_disk = [begins(true), begins(false)].into_iter().flatten().collect::<Vec<_>>();
        let whole = known.clone();
        renew(&mut known, on_disk.clone(), true);
        assert_eq!(known, whole);
        renew(&mut known, on_disk.clone(), false);
        assert_eq!(known.into_values().collect::<Vec<_>>(), on_disk);
    }
}
