//! How many AudioSocket legs there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A count of live legs that all parts of a node share: a leg counts from its start until its socket is closed.
#[derive(Clone, Debug, Default)]
pub struct LiveLegs(Arc<AtomicUsize>);

impl LiveLegs {
    /// Legs whose socket is open.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one more for as long as the answer lives.
    pub(super) fn enter(&self) -> LiveLeg {
        self.0.fetch_add(1, Ordering::Relaxed);
        LiveLeg(self.clone())
    }
}

/// One leg in the count.
#[derive(Debug)]
pub(super) struct LiveLeg(LiveLegs);

impl Drop for LiveLeg {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
