//! Forecasts of campaigns: each organization has one at a time, and each ends by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cordboard_campaigns::simulation::{Plan, Report, simulate_while};
use cordboard_schema::ids::OrganizationId;
use tokio::time::timeout;

use super::problem::ApiError;
use super::turns::{Turn, Turns};
use crate::priority;

/// Forecasts that are made. Clones know the same ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecasts(Turns);

/// A simulation did not come to its end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TookTooLong;

/// Permission to make a forecast. As soon as nobody holds it the simulation ends, and another one may begin.
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
    /// It has a forecast made already.
    pub(super) fn turn(&self, organization_id: OrganizationId) -> Result<ForecastTurn, ApiError> {
        let turn = self.0.take(organization_id, "forecast made")?;
        Ok(ForecastTurn { is_stopped: Arc::default(), _turn: turn })
    }
}

impl ForecastTurn {
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
