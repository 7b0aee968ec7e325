//! The API, one file a resource.

pub(super) mod activities;
pub(super) mod actors;
pub(super) mod admin;
pub(super) mod calls;
pub(super) mod commands;
pub(super) mod dialplan;
#[cfg(feature = "fault-injection")]
pub(super) mod faults;
pub(super) mod journal;
pub(super) mod openapi;
mod profile_rules;
pub(super) mod profiles;
pub(super) mod recording;
mod wav;
