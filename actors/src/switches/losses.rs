//! Why a switch can't be reached, how often it was lost, and when it is tried again. Pure.

use std::fmt::Display;

use cordboard_schema::time::UnixMs;
use tracing::{debug, error, warn};

use super::backoff::{Backoff, Retry};

/// Why there is no connection, in words that tell an operator what to do.
pub(crate) trait Fault: Display + PartialEq {
    /// When it is tried again.
    fn retry(&self) -> Retry;
}

/// Record of the connections that a link has lost, or that did not come about.
#[derive(Debug)]
pub(crate) struct Losses<F> {
    fault: Option<F>,
    backoff: Backoff,
    count: u64,
}

impl<F: Fault> Losses<F> {
    /// None yet; there is no connection because of this.
    pub(crate) fn none(fault: F) -> Self {
        Self { fault: Some(fault), backoff: Backoff::default(), count: 0 }
    }

    /// Why there is no connection.
    pub(crate) fn fault(&self) -> Option<&F> {
        self.fault.as_ref()
    }

    /// Why this switch can't be told to do something.
    pub(crate) fn not_there(&self, switch: &str) -> String {
        let fault = self.fault.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("the switch {switch} is not there: {fault}")
    }

    /// How often a connection that was of use was lost.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The connection is of use.
    pub(crate) fn over(&mut self) {
        self.fault = None;
    }

    /// It is gone, or did not come about; gives when the next one is due. `up_since` is since when it was of use, `luck` a number
    /// from 0 to 1, for the wait.
    pub(crate) fn lost(&mut self, fault: F, up_since: Option<UnixMs>, now: UnixMs, luck: f64) -> UnixMs {
        self.count += u64::from(up_since.is_some());
        let wait_ms = self.backoff.wait_ms(fault.retry(), up_since.map(|since| now.ms_since(since)), luck);
        self.fault = Some(fault);
        now + wait_ms
    }

    /// Says a fault once, for as long as it is the same. To be called before [`Self::lost`].
    pub(crate) fn say(&self, fault: &F, was_up: bool, switch: &str, address: &str) {
        let is_known = self.fault.as_ref() == Some(fault);
        match fault.retry() {
            _ if is_known && !was_up => debug!(%switch, %address, %fault, "no link to the switch"),
            Retry::Late => error!(%switch, %address, %fault, "no link to the switch; next try in 60 s"),
            Retry::Soon | Retry::AtOnce => warn!(%switch, %address, %fault, "no link to the switch"),
        }
    }
}
