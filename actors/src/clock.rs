//! The wall clock of the actors: Unix time that never goes back, and that stands still where a test pauses time.

use cordboard_schema::time::UnixMs;
use tokio::time::Instant;

use crate::world;

/// Unix time, counted on from the moment of making by the runtime's monotonic clock.
///
/// A clock that an administrator sets back would put a call's events out of order and fire its deadlines late; this
/// one can't. It is wrong by as much as the wall clock was when the process started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    made_at: UnixMs,
    made: Instant,
}

impl Clock {
    /// A clock that says the calendar's time now.
    pub fn system() -> Self {
        Self { made_at: world::now().into(), made: Instant::now() }
    }

    /// The time.
    pub fn now(&self) -> UnixMs {
        self.made_at + u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
