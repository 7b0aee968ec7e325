//! Why a switch can't be reached, how often it was lost, and when it is tried again. Pure.

use std::fmt::Display;

use cordboard_schema::time::UnixMs;
use tracing::{debug, error, warn};

use super::backoff::{Backoff, Retry};

/// The reason why there is no connection, in words that tell an operator what to do.
pub(crate) trait Fault: Display + PartialEq {
    /// Returns when the switch is tried again.
    fn retry(&self) -> Retry;
}

/// Record of the connections that were lost, or not made.
#[derive(Debug)]
pub(crate) struct Losses<F> {
    fault: Option<F>,
    backoff: Backoff,
    count: u64,
}

impl<F: Fault> Losses<F> {
    /// Starts without any loss. `fault` is why there is no connection.
    pub(crate) fn none(fault: F) -> Self {
        Self { fault: Some(fault), backoff: Backoff::default(), count: 0 }
    }

    /// Returns why there is no connection.
    pub(crate) fn fault(&self) -> Option<&F> {
        self.fault.as_ref()
    }

    /// Returns why orders can't be sent to this switch, as a text.
    pub(crate) fn not_there(&self, switch: &str) -> String {
        let fault = self.fault.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("no link to the switch {switch}: {fault}")
    }

    /// Returns how often a connection in use was lost.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Notes that the connection is ready for use.
    pub(crate) fn over(&mut self) {
        self.fault = None;
    }

    /// Notes that the connection is gone, or was not made. Returns when the next one is due. `up_since` is since when it was in
    /// use, `luck` a random number from 0 to 1, for the wait.
    pub(crate) fn lost(&mut self, fault: F, up_since: Option<UnixMs>, now: UnixMs, luck: f64) -> UnixMs {
        self.count += u64::from(up_since.is_some());
        let wait_ms = self.backoff.wait_ms(fault.retry(), up_since.map(|since| now.ms_since(since)), luck);
        self.fault = Some(fault);
        now + wait_ms
    }

    /// Logs a fault, once for as long as it stays the same. Has to be called before [`Self::lost`].
    pub(crate) fn say(&self, fault: &F, was_up: bool, switch: &str, address: &str) {
        let is_known = self.fault.as_ref() == Some(fault);
        match fault.retry() {
            _ if is_known && !was_up => debug!(%switch, %address, %fault, "no link to the switch"),
            Retry::Late => error!(%switch, %address, %fault, "no link to the switch; next try in 60 s"),
            Retry::Soon | Retry::AtOnce => warn!(%switch, %address, %fault, "no link to the switch"),
        }
    }
}
