//! Changes that programs request, and the results that they get: a change that is reported as failed is never made.
//!
//! The caller waits for a limited time. After that, the caller or the writer decides ([`LastWord`]): a change that was given up before its COMMIT is
//! rolled back; if its COMMIT has begun, the caller learns that the outcome is unknown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use cordboard_schema::limits::COMMIT_WAIT_MS;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::once::Once;
use super::queue::{BegunTransaction, NoRoom};
use super::{Connection, Store, StoreError, asker, changes};

/// The first pause before a result is stored again, which doubles, and the longest.
const RESULT_PAUSE: Duration = Duration::from_secs(1);
const RESULT_PAUSE_MAX: Duration = Duration::from_secs(8);

const OPEN: u8 = 0;
const GIVEN_UP: u8 = 1;
const COMMITTED: u8 = 2;

/// Decides about a change: the caller, by giving it up, or the writer, by committing it. The first decision counts.
#[derive(Clone, Debug, Default)]
pub(super) struct LastWord(Arc<AtomicU8>);

impl LastWord {
    /// The caller stops waiting. Returns whether the change will never be made; otherwise it is being committed, or was.
    fn give_up(&self) -> bool {
        self.say(GIVEN_UP)
    }

    /// The writer is about to commit. Returns whether it may, because the caller still waits.
    pub(super) fn commit(&self) -> bool {
        self.say(COMMITTED)
    }

    /// Tells whether the caller has given the change up.
    pub(super) fn is_given_up(&self) -> bool {
        self.0.load(Ordering::Acquire) == GIVEN_UP
    }

    fn say(&self, word: u8) -> bool {
        match self.0.compare_exchange(OPEN, word, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(said) => said == word,
        }
    }
}

/// A result that tells whether its change was refused: nothing was made then.
pub trait MayRefuse {
    /// Tells whether it was.
    fn is_refusal(&self) -> bool;
}

impl<T, E> MayRefuse for Result<T, E> {
    fn is_refusal(&self) -> bool {
        self.is_err()
    }
}

impl<T> MayRefuse for Option<T> {
    fn is_refusal(&self) -> bool {
        self.is_none()
    }
}

impl MayRefuse for bool {
    fn is_refusal(&self) -> bool {
        !self
    }
}

/// A caller that waits for a change. Dropping it before the answer gives the change up.
struct Waiting(LastWord);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

impl Store {
    /// Runs `change` in a transaction of the writer, between batches of the journal. It is made once or not at all: it is rolled back if it is not
    /// committed within [`COMMIT_WAIT_MS`], or if the caller stops waiting.
    ///
    /// Changes that pages show are reported to [`Store::changes`].
    ///
    /// Within [`done_once`](super::done_once) the change belongs to that request's key, which is stored in the same transaction.
    ///
    /// # Errors
    /// The change is not made, except that for [`StoreError::OutcomeUnknown`] nobody knows.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.change_then(change, |_| ()).await
    }

    /// Runs `change` like [`Store::change`], if its result may be a refusal. A refusal does not use up the key of its request: nothing was made.
    ///
    /// # Errors
    /// As [`Store::change`].
    pub async fn change_or_refuse<T: MayRefuse + Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.changing(change, T::is_refusal, |_| ()).await
    }

    /// Stores the result of an attempt outside, such as a mail, even if the database takes it only later, as long as the attempt's claim lasts. After
    /// that, the attempt counts as one whose server died, and what was sent is sent once more or given up.
    ///
    /// # Errors
    /// As [`Store::change`]. If nobody knows whether the result is stored, it is not stored again.
    pub(crate) async fn change_within_claim<T: Send + 'static>(
        &self,
        result: impl Fn(&mut Connection) -> Result<T, StoreError> + Clone + Send + 'static,
        claim_ends: Instant,
    ) -> Result<T, StoreError> {
        let mut pause = RESULT_PAUSE;
        loop {
            match self.change(result.clone()).await {
                Err(error) if is_taken_later(&error) && Instant::now() + pause < claim_ends => {
                    sleep(pause).await;
                }
                stored => return stored,
            }
            pause = (2 * pause).min(RESULT_PAUSE_MAX);
        }
    }

    /// Runs `change` like [`Store::change`]. Right after the commit the writer runs `committed` with its result, whether or not the caller still
    /// waits.
    ///
    /// # Errors
    /// As [`Store::change`]. `committed` is not run, even if the change was made after all.
    pub(super) async fn change_then<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
        committed: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.changing(change, |_| false, committed).await
    }

    async fn changing<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
        is_refusal: fn(&T) -> bool,
        committed: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let busy = |cause: &str| StoreError::NoConnection(cause.to_owned());
        let (reply, outcome) = oneshot::channel();
        let word = LastWord::default();
        let (waiting, writers, once) = (Waiting(word.clone()), word.clone(), Once::here());
        let changes_sent = self.0.changes.clone();
        let run = move |begun: BegunTransaction<'_>| {
            changes::begin();
            let outcome = begun.and_then(|connection| {
                connection.finish(|connection| {
                    let made = match &once {
                        Some(once) => once.make(connection, change, is_refusal)?,
                        None => change(connection)?,
                    };
                    if writers.commit() { Ok(made) } else { Err(busy("nobody waits")) }
                })
            });
            if let (Ok(made), Some(once)) = (&outcome, &once)
                && !is_refusal(made)
            {
                once.committed();
            }
            if let Ok(made) = &outcome {
                committed(made);
            }
            // Before the caller gets the answer, and also if the outcome is unknown: pages then read the present state.
            if matches!(outcome, Ok(_) | Err(StoreError::OutcomeUnknown)) {
                changes::noted().into_iter().for_each(|changed| drop(changes_sent.send(changed)));
            }
            let _ = reply.send(outcome);
        };
        let queued = self.queue().push_change(asker::claims(), word, Box::new(run));
        queued.map_err(|refused| match refused {
            NoRoom::Full => busy("too many changes are waiting, or the store is closing"),
            NoRoom::ShareUsedUp { share } => StoreError::ShareUsedUp { share },
        })?;
        let failed = match tokio::time::timeout(Duration::from_millis(COMMIT_WAIT_MS), outcome).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(_)) => busy("the database could not be opened, or the store has ended"),
            Err(_) => busy("the database accepts no changes at present"),
        };
        Err(if waiting.0.give_up() { failed } else { StoreError::OutcomeUnknown })
    }
}

/// Tells whether a result was certainly not stored, and may be later.
fn is_taken_later(error: &StoreError) -> bool {
    !error.is_of_the_row() && !matches!(error, StoreError::OutcomeUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_result_is_stored_later_while_its_claim_lasts() {
        use cordboard_actors::world;
        use tokio::join;
        use tokio::runtime::Builder;

        use crate::store::StoreSettings;
        use crate::store::fault::{self, DatabaseFault};

        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            fault::set(None);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            for (claim_s, is_stored) in [(60, true), (20, false)] {
                fault::set(Some(DatabaseFault::Away));
                let write = |_: &mut Connection| Ok(());
                let storing = store.change_within_claim(write, Instant::now() + Duration::from_secs(claim_s));
                let back = async {
                    sleep(Duration::from_secs(30)).await;
                    fault::set(None);
                };
                let (stored, ()) = join!(storing, back);
                assert_eq!(stored.is_ok(), is_stored, "{claim_s} s: {stored:?}");
            }
        });
    }

    #[test]
    fn the_first_decision_counts_and_may_be_repeated() {
        let word = LastWord::default();
        assert!(!word.is_given_up());
        assert!(word.commit());
        assert!(!word.give_up());
        assert!(!word.is_given_up());
        let word = LastWord::default();
        drop(Waiting(word.clone()));
        assert!(word.is_given_up());
        assert!(!word.commit());
        assert!(word.give_up());
    }
}
