//! The clocks of stand-ins: the runtime's, which a test may have paused, and a calendar that goes with it.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time by the runtime's clock; outside a runtime, by the system's.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Returns the time since 1970.
pub(crate) struct Calendar(Box<dyn Fn() -> Duration + Send + Sync>);

impl Calendar {
    /// A calendar that calls this function.
    pub(crate) fn new(tells: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Box::new(tells))
    }

    /// The system's calendar.
    pub(crate) fn system() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// The time since 1970.
    pub(crate) fn now(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calendar")
    }
}
