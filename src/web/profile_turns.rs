//! Work that is done for one profile at a time: requests of the same profile wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cordboard_schema::ids::ProfileId;
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

/// The profiles for which such work is done. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct ProfileTurns(Arc<Mutex<HashMap<ProfileId, Weak<Queue<()>>>>>);

impl ProfileTurns {
    /// Waits for the profile's turn, in the order of the requests. It lasts until the returned value is dropped.
    pub(super) async fn take(&self, profile_id: ProfileId) -> OwnedMutexGuard<()> {
        self.queue(profile_id).lock_owned().await
    }

    fn queue(&self, profile_id: ProfileId) -> Arc<Queue<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.strong_count() > 0);
        if let Some(queue) = queues.get(&profile_id).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::new(Queue::new(()));
        queues.insert(profile_id, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_profile_has_one_turn_at_a_time() {
        let turns = ProfileTurns::default();
        let [one, other] = [1, 2].map(|id| ProfileId(Uuid::from_u128(id)));
        let turn = turns.take(one).now_or_never().unwrap();
        assert!(turns.take(one).now_or_never().is_none());
        assert!(turns.take(other).now_or_never().is_some());
        drop(turn);
        assert!(turns.take(one).now_or_never().is_some());
        assert!(turns.0.lock().unwrap().len() <= 1, "those that are over are forgotten");
    }
}
