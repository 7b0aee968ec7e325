//! The wall clock of the actors: Unix time that never goes back, and that stops while a test pauses time.

use cordboard_schema::time::UnixMs;
use tokio::time::Instant;

use crate::world;

/// Unix time, advanced from the moment of its creation by the runtime's monotonic clock.
///
/// If an administrator sets the system clock back, a call's events would get out of order and its deadlines would
/// fire late; this clock is not affected. It is wrong by as much as the wall clock was when the process started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    made_at: UnixMs,
    made: Instant,
}

impl Clock {
    /// Creates a clock that starts at the calendar's present time.
    pub fn system() -> Self {
        Self { made_at: world::now().into(), made: Instant::now() }
    }

    /// Returns the time.
    pub fn now(&self) -> UnixMs {
        self.made_at + u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
