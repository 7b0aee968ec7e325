//! The whole server in virtual time: in one thread, on a clock that stands still while any task works and jumps to the next timer when none does. A
//! minute of a call takes some milliseconds, and bounds are exact.
//!
//! Which kind a new test should be: [docs/testing.md](../../docs/testing.md).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod api;
mod calls;
mod campaigns;
mod cascade;
mod chain;
mod client;
mod deepgram;
mod desk;
mod elevenlabs;
mod gemini;
mod http;
mod legs;
mod log;
mod logged;
mod mail;
mod news;
mod official_types;
mod openai;
mod openai_live;
mod repeating;
mod report_mail;
mod retention;
mod shutdown;
mod suites;
mod twilio;
mod unreadable;
mod windows;
mod world;

// Switches, and what every kind of leg passes.
mod asterisk;
mod book;
mod capacity;
mod control_socket;
#[cfg(feature = "fault-injection")]
mod database_away;
mod datagrams;
#[cfg(feature = "fault-injection")]
mod deaths;
#[cfg(feature = "fault-injection")]
mod disk_full;
mod extraction;
mod freeswitch;
mod hearing;
mod leased_ports;
mod ledger;
mod strangers;
