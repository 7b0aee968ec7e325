//! Calls that the switch was told to make, as a test looks back at them.

use std::time::Duration;

use super::calling::Variables;
use super::extension::Phone;

/// A call that the switch was told to make.
#[derive(Debug, Clone)]
pub struct Originated {
    /// `Unique-ID` of its leg.
    pub uuid: String,
    /// The number that was called.
    pub number: String,
    /// When, by the calendar: since 1970.
    pub calendar: Duration,
    /// When, since the switch was started; what it did in another runtime counts.
    pub at: Duration,
    /// When it was answered, counted the same way; none while it is not.
    pub answered: Option<Duration>,
    /// When it was over, counted the same way; none while it lives.
    pub ended: Option<Duration>,
    /// Behaviour of its telephone.
    pub(super) phone: Phone,
    /// Variables that the program gave it.
    pub(super) variables: Variables,
    /// The route of its leg once it is answered.
    pub(super) place: String,
}
