//! Turns of requests at the connections for reading, which are few: an export, or a search over years, has one for long.
//!
//! The requests of an organization read a few at a time, and so do those of all organizations but the first together; a request without a turn
//! waits for one. Calls, sign-ins, the operator and the server itself take none, and find connections that no request has.
//!
//! A token that somebody sends is looked up before anybody knows whose it is. Such reads have turns of their own: made-up tokens, however many, keep
//! no connection from anybody else. A sign-in that has to wait is a stranger's, too: whoever sends it may do so without end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    DATABASE_READ_WAIT_MS, DATABASE_READS_MAX, DATABASE_READS_OF_ORGANIZATION_MAX,
    DATABASE_READS_OF_OTHERS_MAX, DATABASE_READS_OF_STRANGERS_MAX,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::StoreError;
use super::asker::{Asker, present_asker};

/// The turns of one pool. Clones know the same ones.
#[derive(Clone, Debug)]
pub(super) struct ReadTurns(Arc<Turns>);

#[derive(Debug)]
struct Turns {
    /// The operator works there: the others together leave it a turn.
    first: OnceLock<OrganizationId>,
    all: Arc<Semaphore>,
    others: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    by_organization: Mutex<HashMap<OrganizationId, Arc<Semaphore>>>,
}

/// A turn to read: it is the next one's as soon as this is dropped.
pub(super) type ReadTurn = Vec<OwnedSemaphorePermit>;

impl ReadTurns {
    /// None taken yet.
    pub(super) fn new() -> Self {
        Self(Arc::new(Turns {
            first: OnceLock::new(),
            all: Arc::new(Semaphore::new(DATABASE_READS_MAX)),
            others: Arc::new(Semaphore::new(DATABASE_READS_OF_OTHERS_MAX)),
            strangers: Arc::new(Semaphore::new(DATABASE_READS_OF_STRANGERS_MAX)),
            by_organization: Mutex::default(),
        }))
    }

    /// Leaves this organization a turn, however many others there are.
    pub(super) fn leave_one_to(&self, first: OrganizationId) {
        // A store has one.
        let _ = self.0.first.set(first);
    }

    /// The turn of the present work, once there is one; none where it takes none.
    ///
    /// # Errors
    /// It was not theirs in time.
    pub(super) async fn turn(&self) -> Result<Option<ReadTurn>, StoreError> {
        let Some(Asker::Requests(organization_id)) = present_asker() else { return Ok(None) };
        let Turns { first, all, others, .. } = &*self.0;
        let until = Instant::now() + Duration::from_millis(DATABASE_READ_WAIT_MS);
        let share = DATABASE_READS_OF_ORGANIZATION_MAX;
        // Its own first: a request that waits for that keeps nothing from anybody else.
        let own = wait(self.own(organization_id), until).await;
        let mut turn = vec![own.ok_or(StoreError::ReadsUsedUp { share })?];
        if first.get() != Some(&organization_id) {
            turn.push(wait(Arc::clone(others), until).await.ok_or(StoreError::ReadsTaken)?);
        }
        turn.push(wait(Arc::clone(all), until).await.ok_or(StoreError::ReadsTaken)?);
        Ok(Some(turn))
    }

    /// A stranger's turn, once there is one.
    ///
    /// # Errors
    /// It was not theirs in time.
    pub(super) async fn strangers_turn(&self) -> Result<ReadTurn, StoreError> {
        let until = Instant::now() + Duration::from_millis(DATABASE_READ_WAIT_MS);
        let turn = wait(Arc::clone(&self.0.strangers), until).await;
        Ok(vec![turn.ok_or(StoreError::ReadsTaken)?])
    }

    fn own(&self, organization_id: OrganizationId) -> Arc<Semaphore> {
        let mut known = self.0.by_organization.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.get(&organization_id) {
            return Arc::clone(own);
        }
        // Organizations come and go without end: only those that read, or wait to, are remembered.
        known.retain(|_, turns| Arc::strong_count(turns) > 1);
        let own = Arc::new(Semaphore::new(DATABASE_READS_OF_ORGANIZATION_MAX));
        known.insert(organization_id, Arc::clone(&own));
        own
    }
}

/// One of these; none where it did not come in time.
async fn wait(turns: Arc<Semaphore>, until: Instant) -> Option<OwnedSemaphorePermit> {
    timeout_at(until, turns.acquire_owned()).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::asked_by;

    fn of(number: u128) -> OrganizationId {
        OrganizationId(Uuid::from_u128(number))
    }

    #[tokio::test(start_paused = true)]
    async fn an_organization_that_reads_for_long_leaves_turns_to_others() {
        let turns = ReadTurns::new();
        turns.leave_one_to(of(1));
        let turn = |number| asked_by(Asker::Requests(of(number)), turns.turn());
        let mut held = Vec::new();
        for _ in 0..DATABASE_READS_OF_ORGANIZATION_MAX {
            held.push(turn(2).await.unwrap().unwrap());
        }
        let refused = turn(2).await.unwrap_err();
        assert!(matches!(refused, StoreError::ReadsUsedUp { .. }), "{refused:?}");
        let refused = turn(3).await.unwrap_err();
        assert!(matches!(refused, StoreError::ReadsTaken), "all others together have theirs: {refused:?}");
        assert!(turn(1).await.unwrap().is_some(), "the first organization has one");
        held.pop();
        assert!(turn(3).await.unwrap().is_some(), "who waits gets the next");
        assert!(turns.turn().await.unwrap().is_none(), "the server's own work takes none");
        let of_call = asked_by(Asker::Calls(of(2)), turns.turn());
        assert!(of_call.await.unwrap().is_none(), "nor does a call");
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_strangers_leaves_turns_to_everybody_else() {
        let turns = ReadTurns::new();
        turns.leave_one_to(of(1));
        let mut held = Vec::new();
        for _ in 0..DATABASE_READS_OF_STRANGERS_MAX {
            held.push(turns.strangers_turn().await.unwrap());
        }
        let refused = turns.strangers_turn().await.unwrap_err();
        assert!(matches!(refused, StoreError::ReadsTaken), "{refused:?}");
        assert!(asked_by(Asker::Requests(of(2)), turns.turn()).await.unwrap().is_some());
        held.pop();
        assert!(turns.strangers_turn().await.is_ok(), "who waits gets the next");
    }

    #[tokio::test(start_paused = true)]
    async fn an_organization_that_reads_no_more_is_forgotten() {
        let turns = ReadTurns::new();
        for number in 0..100 {
            let turn = asked_by(Asker::Requests(of(number)), turns.turn()).await.unwrap();
            assert!(turn.is_some());
        }
        assert_eq!(turns.0.by_organization.lock().unwrap().len(), 1);
    }
}
