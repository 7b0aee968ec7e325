//! Forecasts of campaigns: each organization can run one at a time, and each ends by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cordboard_campaigns::simulation::{Plan, Report, simulate_while};
use cordboard_schema::ids::OrganizationId;
use tokio::time::timeout;

use super::problem::ApiError;
use super::turns::{Turn, Turns};
use crate::priority;

/// Running forecasts. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecasts(Turns);

/// A simulation did not finish in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TookTooLong;

/// Permission to run a forecast. Dropping it ends the simulation, and another one may begin.
#[derive(Debug)]
pub(super) struct ForecastTurn {
    is_stopped: Arc<AtomicBool>,
    _turn: Turn,
}

impl Drop for ForecastTurn {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

impl Forecasts {
    /// The organization's turn.
    ///
    /// # Errors
    /// It is running a forecast already.
    pub(super) fn turn(&self, organization_id: OrganizationId) -> Result<ForecastTurn, ApiError> {
        let turn = self.0.take(organization_id, "forecast made")?;
        Ok(ForecastTurn { is_stopped: Arc::default(), _turn: turn })
    }
}

impl ForecastTurn {
    /// Simulates a plan on a thread that carries no audio, and gives up if it takes too long. It runs until the turn is over.
    pub(super) async fn play(&self, plan: Plan, time_max: Duration) -> Result<Report, TookTooLong> {
        let is_stopped = self.is_stopped.clone();
        let played =
            priority::blocking(move || simulate_while(&plan, || !is_stopped.load(Ordering::Relaxed)));
        match timeout(time_max, played).await {
            Ok(Ok(Some(report))) => Ok(report),
            // A thread that panicked has logged it.
            Ok(Ok(None) | Err(_)) | Err(_) => Err(TookTooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulation_ends_with_its_turn() {
        let forecasts = Forecasts::default();
        let one = OrganizationId(uuid::Uuid::from_u128(1));
        let turn = forecasts.turn(one).unwrap();
        assert!(forecasts.turn(one).is_err());
        let is_stopped = turn.is_stopped.clone();
        drop(turn);
        assert!(is_stopped.load(Ordering::Relaxed), "the simulation ends with it");
        assert!(forecasts.turn(one).is_ok());
    }
}
