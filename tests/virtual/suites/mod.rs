//! What every switch has to pass, told nothing of how its switch does it.

pub(crate) mod handoff;
pub(crate) mod reconciler;
