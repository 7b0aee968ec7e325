//! Calls that the switch was asked to make, for tests that look back.

use std::time::Duration;

use super::calling::Variables;
use super::extension::Phone;

/// A call that the switch was asked to make.
#[derive(Debug, Clone)]
pub struct Originated {
    /// `Unique-ID` of its leg.
    pub uuid: String,
    /// The number that was called.
    pub number: String,
    /// The time of the request since 1970, by the calendar.
    pub calendar: Duration,
    /// The time of the request since the switch was started, including its time in other runtimes.
    pub at: Duration,
    /// When it was answered, on the same scale; `None` while it is not.
    pub answered: Option<Duration>,
    /// When it ended, on the same scale; `None` while it is active.
    pub ended: Option<Duration>,
    /// How its telephone behaves.
    pub(super) phone: Phone,
    /// The variables that the program set for it.
    pub(super) variables: Variables,
    /// The route of its leg once it is answered.
    pub(super) place: String,
}
