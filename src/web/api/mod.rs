//! The API, one file a resource.

pub(super) mod activities;
pub(super) mod actors;
pub(super) mod admin;
pub(super) mod audio_ports;
pub(super) mod audit;
pub(super) mod business;
pub(super) mod calls;
pub(super) mod commands;
pub(super) mod dial_policy;
pub(super) mod dialplan;
pub(super) mod dtmf_actions;
pub(super) mod extensions;
#[cfg(feature = "fault-injection")]
pub(super) mod faults;
pub(super) mod journal;
pub(super) mod openapi;
pub(super) mod outbound;
pub(super) mod phone_numbers;
mod profile_rules;
pub(super) mod profile_versions;
pub(super) mod profiles;
pub(super) mod recording;
pub(super) mod switches;
mod wav;
