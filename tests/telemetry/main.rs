//! What operators see of a server: its log by call, its figures, its traces, and a drain that was ordered by the API. The
//! real program, called by a stand-in for Asterisk.

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
mod stage;
mod traces;
