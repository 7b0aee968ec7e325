//! The API, one file a resource.

pub(super) mod activities;
pub(super) mod calls;
pub(super) mod dialplan;
#[cfg(feature = "fault-injection")]
pub(super) mod faults;
pub(super) mod journal;
pub(super) mod recording;
mod wav;
