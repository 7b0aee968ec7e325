//! The operator's view of a server, and changes through the API: its log by call, its metrics, its traces, a drain, a changed profile. The real
//! program, called by a stand-in for Asterisk.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod collector;
mod drain;
mod figures;
mod log;
mod monitoring;
mod profiles;
mod stage;
mod threads;
mod traces;
