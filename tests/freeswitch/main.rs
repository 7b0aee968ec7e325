//! A FreeSWITCH and a Cordboard, for cases about a real counterpart or the process: a Redis, a killed server. Everything else about its calls is in
//! `tests/virtual/freeswitch`.
//!
//! The switch is a stand-in that behaves like the captures of a real one, and records what is done against its rules: every case ends with none
//! broken. Cases check what callers notice, or what is in the journal.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod desks;
mod profiles;
mod restarts;
mod setup;
mod switchboard;
mod way;
