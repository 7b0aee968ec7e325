//! OpenAI Realtime: the real server, a stand-in for the provider that knows its rules, and callers who listen.
//!
//! Most callers are on an AudioSocket of the harness; where sound matters most, cases exist a second time with a real Asterisk and a telephone. A
//! case checks what the caller heard, what the provider was sent, and what the API reports.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with the cases of Asterisk")]
#[path = "../asterisk/ear.rs"]
mod ear;
#[allow(dead_code, reason = "shared with the cases in virtual time")]
mod ears;
mod own_accounts;
#[allow(dead_code, reason = "shared with the cases of Asterisk")]
#[path = "../asterisk/setup.rs"]
mod setup;
mod stage;
mod telephone;
