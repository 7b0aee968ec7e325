//! Forecasts of campaigns: each organization has one at a time, and each ends by itself.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_campaigns::simulation::{Plan, Report, simulate_while};
use cordboard_schema::ids::OrganizationId;
use tokio::time::timeout;

use crate::priority;

/// The organizations that have a forecast made. Clones know the same ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecasts(Arc<Mutex<HashSet<OrganizationId>>>);

/// A simulation did not come to its end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TookTooLong;

/// Permission to make a forecast. As soon as nobody holds it the simulation ends, and another one may begin.
#[derive(Debug)]
pub(super) struct Turn {
    forecasts: Forecasts,
    organization_id: OrganizationId,
    is_stopped: Arc<AtomicBool>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.forecasts.known().remove(&self.organization_id);
    }
}

impl Forecasts {
    fn known(&self) -> MutexGuard<'_, HashSet<OrganizationId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The organization's turn; none where it has a forecast made already.
    pub(super) fn turn(&self, organization_id: OrganizationId) -> Option<Turn> {
        let is_first = self.known().insert(organization_id);
        is_first.then(|| Turn { forecasts: self.clone(), organization_id, is_stopped: Arc::default() })
    }
}

impl Turn {
    /// Plays a plan on a thread that carries no sound, and gives it up where that takes too long. It goes on until the turn is over.
    pub(super) async fn play(&self, plan: Plan, time_max: Duration) -> Result<Report, TookTooLong> {
        let is_stopped = self.is_stopped.clone();
        let played =
            priority::blocking(move || simulate_while(&plan, || !is_stopped.load(Ordering::Relaxed)));
        match timeout(time_max, played).await {
            Ok(Ok(Some(report))) => Ok(report),
            // A thread that died has said so in the log.
            Ok(Ok(None) | Err(_)) | Err(_) => Err(TookTooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_has_one_at_a_time_and_takes_none_from_others() {
        let forecasts = Forecasts::default();
        let [one, other] = [1, 2].map(|id| OrganizationId(uuid::Uuid::from_u128(id)));
        let turn = forecasts.turn(one).unwrap();
        assert!(forecasts.turn(one).is_none());
        assert!(forecasts.turn(other).is_some());
        let is_stopped = turn.is_stopped.clone();
        drop(turn);
        assert!(is_stopped.load(Ordering::Relaxed), "the simulation ends with it");
        assert!(forecasts.turn(one).is_some());
    }
}
