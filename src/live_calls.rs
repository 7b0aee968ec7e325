//! Live calls, folded from the journal's tap: the part that all followers of the tap share.
//!
//! At its start, and whenever it fell behind, it reads the calls from the database, after all rows that were handed in are
//! written. So an entry may be seen twice: in the row that was read, and by the tap.

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
use tokio::time::sleep;

use crate::store::{Connection, Store, StoreError};

/// Between two tries to have everything on disk, while the database takes nothing.
const CATCH_UP_PAUSE: Duration = Duration::from_secs(1);
/// Between two tries to read it.
const READ_PAUSE: Duration = Duration::from_secs(5);

/// Calls by their ids.
pub(crate) type Calls = BTreeMap<CallId, Call>;

/// Effect of an entry on the known calls.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A call begins, and is known from now on.
    Begins,
    /// It is the next one of a call, which is to take it in.
    Continues(&'a mut Call),
    /// It is of no call that is known, as of one that is over.
    Unknown,
}

/// Effect of this entry; none where the call's row holds it already.
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

/// Done once all is on disk that was handed in before; for ever where it never is.
pub(crate) type CaughtUp = BoxFuture<'static, ()>;

/// Values that were read, and the wait for entries that they may lack.
pub(crate) struct Read<T> {
    /// As the database has it.
    pub(crate) found: T,
    /// The database has not taken all that was handed in: once it has, it is to be read once more.
    pub(crate) is_behind: Option<CaughtUp>,
}

/// The calls that were found in the place of those that were known. While the database is behind, newer state stays.
pub(crate) fn renew(known: &mut Calls, found: Vec<Call>, is_behind: bool) {
    let found = found.into_iter().map(|call| (call.id, call)).collect();
    let before = std::mem::replace(known, found);
    let is_newer = |call: &Call| known.get(&call.id).is_none_or(|found| found.last_seq < call.last_seq);
    let newer = before.into_iter().filter(|(_, call)| is_behind && call.ended_at.is_none() && is_newer(call));
    let newer: Vec<_> = newer.collect();
    known.extend(newer);
}

/// Reads something of the calls as they are on disk, once all is there that was handed in. A database that takes nothing at the moment
/// can still be read.
///
/// # Errors
/// It can't be read.
pub(crate) async fn read<T: Send + 'static>(
    store: &Store,
    query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<Read<T>, StoreError> {
    let is_behind = store.commit().await.is_err();
    let found = store.reads().run(query).await?;
    Ok(Read { found, is_behind: is_behind.then(|| caught_up(store.clone())) })
}

fn caught_up(store: Store) -> CaughtUp {
    async move {
        while store.commit().await.is_err() {
            sleep(CATCH_UP_PAUSE).await;
        }
    }
    .boxed()
}

/// The wait before what could not be read is read once more.
pub(crate) fn a_while() -> CaughtUp {
    sleep(READ_PAUSE).boxed()
}

/// Waits for that; for ever where there is nothing to wait for.
pub(crate) async fn when(is_behind: &mut Option<CaughtUp>) {
    match is_behind {
        Some(caught_up) => caught_up.await,
        None => std::future::pending().await,
    }
    *is_behind = None;
}

/// Waits for the end of a call; false where the store is closed. Other ends that have come meanwhile are taken with it: whoever looked once for
/// each, and takes seconds for a look, would be left ever further behind on a busy server, and the tap would hold all entries since.
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
    fn what_a_row_holds_already_is_not_taken_in_again() {
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
    async fn ends_that_wait_are_taken_together_and_hold_nothing_back() {
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
        // More than it holds: what was missed may have been an end.
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
            let Some(Step::Continues(call)) = step(&mut known, &entries[1]) else { panic!("it goes on") };
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
