//! The API, one file a resource.

pub(super) mod activities;
pub(super) mod actors;
pub(super) mod admin;
pub(super) mod appointment_feed;
pub(super) mod appointments;
pub(super) mod audio_ports;
pub(super) mod audit;
pub(super) mod calls;
pub(super) mod commands;
mod custom_tool_rules;
pub(super) mod custom_tools;
pub(super) mod customers;
pub(super) mod dashboard;
pub(super) mod deliveries;
pub(super) mod dial_policy;
pub(super) mod dialplan;
pub(super) mod dtmf_actions;
pub(super) mod extensions;
#[cfg(feature = "fault-injection")]
pub(super) mod faults;
mod given;
mod integration_test;
pub(super) mod integrations;
pub(super) mod journal;
pub(super) mod journal;
pub(super) mod leads;
mod leads_csv;
pub(super) mod messages;
pub(super) mod notices;
pub(super) mod openapi;
pub(super) mod outbound;
mod profile_rules;
pub(super) mod profiles;
pub(super) mod recording;
pub(super) mod switches;
mod wav;
pub(super) mod webhooks;
