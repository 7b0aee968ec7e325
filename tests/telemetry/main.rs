//! An operator's view of a server, and the API's changes of it: its log by call, its figures, its traces, a drain, a
//! changed profile. The real program, called by a stand-in for Asterisk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it says"
)]

mod collector;
mod drain;
mod figures;
mod log;
mod monitoring;
mod profiles;
mod stage;
mod threads;
mod traces;
