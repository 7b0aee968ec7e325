//! The server of Cordboard: command line, configuration, wiring, HTTP API, store.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod alarms;
pub mod archive;
pub mod boot;
pub mod cache;
mod calendar_watch;
mod call_backs;
mod call_sessions;
pub mod campaigns;
pub mod certificate;
#[expect(clippy::disallowed_methods, reason = "programs beside a server")]
pub mod command;
pub mod config;
mod configured_voices;
pub mod counting;
pub mod custom_tools;
pub mod customer_erasure;
pub mod customer_profiles;
pub mod database_hold;
mod durable_rename;
pub mod error;
pub mod extraction;
mod live_calls;
mod mac;
pub mod mail;
mod minute_counter;
mod open_files;
pub mod organization_deletion;
mod organization_turns;
pub mod osdial;
pub mod outbox;
pub mod outside_accounts;
pub mod outside_http;
mod priority;
pub mod private_files;
#[expect(clippy::disallowed_methods, reason = "secrets")]
mod random_secret;
pub mod recordings;
mod repeated_failure;
pub mod replays;
pub mod report_mails;
pub mod retention;
pub mod scorecards;
#[expect(clippy::disallowed_methods, reason = "secrets")]
pub mod secret_box;
mod service_manager;
pub mod shadows;
pub mod speech_recognition;
pub mod starts;
pub mod store;
pub mod telemetry;
pub mod texts;
pub mod tokens;
pub mod tool_schemas;
pub mod unusual_figures;
pub mod warehouse;
pub mod web;
#[cfg(feature = "whisper")]
pub mod whisper;
