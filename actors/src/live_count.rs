//! How many of something are alive, for leak checks: counted by what lives, not by what was told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A counter of living things. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct LiveCount(Arc<AtomicUsize>);

impl LiveCount {
    /// A counter at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many are alive.
    pub fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one more until the answer is dropped.
    pub fn one_more(&self) -> Live {
        self.0.fetch_add(1, Ordering::Relaxed);
        Live(Arc::clone(&self.0))
    }
}

/// What a node counts: everything that a call owns and that must not outlive it.
#[derive(Clone, Debug, Default)]
pub struct Alive {
    /// Legs whose socket is open.
    pub legs: LiveCount,
    /// Control links whose socket is open.
    pub controls: LiveCount,
    /// Assistants whose provider runs.
    pub assistants: LiveCount,
}

/// One living thing; dropping this says that it is gone.
#[derive(Debug)]
pub struct Live(Arc<AtomicUsize>);

impl Drop for Live {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
