//! A FreeSWITCH and a Cordboard, where a real counterpart or the process is the subject: a Redis, a server that is killed. All else of
//! its calls is in `tests/virtual/freeswitch`.
//!
//! The switch is a stand-in that behaves as the captures of a real one do, and that keeps what is done against its rules:
//! every case ends with none broken. Callers notice what is checked here, or it is in the journal.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod desks;
mod profiles;
mod restarts;
mod setup;
mod switchboard;
mod way;
