//! Turns of requests on the few connections for reading: an export, or a search over years, occupies one for long.
//!
//! The requests of an organization have a limited number of turns, and so have those of all organizations except the first together. A request
//! without a turn waits for one. Calls, sign-ins, the operator and the server itself need no turn, and find connections that no request occupies.
//!
//! A token is looked up before anybody knows whose it is. Such reads have turns of their own, so that any number of made-up tokens occupy no
//! connection of others. A sign-in that has to wait counts as a stranger's too, because its sender may repeat it without end.

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

/// The turns of one pool. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct ReadTurns(Arc<Turns>);

#[derive(Debug)]
struct Turns {
    /// The organization of the operator: the others together leave it a turn.
    first: OnceLock<OrganizationId>,
    all: Arc<Semaphore>,
    others: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    by_organization: Mutex<HashMap<OrganizationId, Arc<Semaphore>>>,
}

/// A turn to read. Dropping it passes it on.
pub(super) type ReadTurn = Vec<OwnedSemaphorePermit>;

impl ReadTurns {
    /// All turns are free.
    pub(super) fn new() -> Self {
        Self(Arc::new(Turns {
            first: OnceLock::new(),
            all: Arc::new(Semaphore::new(DATABASE_READS_MAX)),
            others: Arc::new(Semaphore::new(DATABASE_READS_OF_OTHERS_MAX)),
            strangers: Arc::new(Semaphore::new(DATABASE_READS_OF_STRANGERS_MAX)),
            by_organization: Mutex::default(),
        }))
    }

    /// Reserves a turn for this organization, however many others there are.
    pub(super) fn leave_one_to(&self, first: OrganizationId) {
        // A store has only one.
        let _ = self.0.first.set(first);
    }

    /// Waits for the turn of the present work; none if it needs none.
    ///
    /// # Errors
    /// There was no turn in time.
    pub(super) async fn turn(&self) -> Result<Option<ReadTurn>, StoreError> {
        let Some(Asker::Requests(organization_id)) = present_asker() else { return Ok(None) };
        let Turns { first, all, others, .. } = &*self.0;
        let until = Instant::now() + Duration::from_millis(DATABASE_READ_WAIT_MS);
        let share = DATABASE_READS_OF_ORGANIZATION_MAX;
        // The organization's own turn first: while a request waits for that, it occupies nothing of others.
        let own = wait(self.own(organization_id), until).await;
        let mut turn = vec![own.ok_or(StoreError::ReadsUsedUp { share })?];
        if first.get() != Some(&organization_id) {
            turn.push(wait(Arc::clone(others), until).await.ok_or(StoreError::ReadsTaken)?);
        }
        turn.push(wait(Arc::clone(all), until).await.ok_or(StoreError::ReadsTaken)?);
        Ok(Some(turn))
    }

    /// Waits for one of the turns for strangers.
    ///
    /// # Errors
    /// There was no turn in time.
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
        // There is no limit to organizations: only those that read, or wait to read, are kept.
        known.retain(|_, turns| Arc::strong_count(turns) > 1);
        let own = Arc::new(Semaphore::new(DATABASE_READS_OF_ORGANIZATION_MAX));
        known.insert(organization_id, Arc::clone(&own));
        own
    }
}

/// A turn of these; none if it did not become free in time.
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
    async fn long_reads_of_an_organization_leave_turns_to_others() {
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
        assert!(
            matches!(refused, StoreError::ReadsTaken),
            "the others have used up their turns: {refused:?}"
        );
        assert!(turn(1).await.unwrap().is_some(), "the first organization has one left");
        held.pop();
        assert!(turn(3).await.unwrap().is_some(), "a waiting request gets the next turn");
        assert!(turns.turn().await.unwrap().is_none(), "the server's own work needs none");
        let of_call = asked_by(Asker::Calls(of(2)), turns.turn());
        assert!(of_call.await.unwrap().is_none(), "a call needs none");
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
        assert!(turns.strangers_turn().await.is_ok(), "a waiting stranger gets the next turn");
    }

    #[tokio::test(start_paused = true)]
    async fn an_organization_that_stops_reading_is_forgotten() {
        let turns = ReadTurns::new();
        for number in 0..100 {
            let turn = asked_by(Asker::Requests(of(number)), turns.turn()).await.unwrap();
            assert!(turn.is_some());
        }
        assert_eq!(turns.0.by_organization.lock().unwrap().len(), 1);
    }
}
