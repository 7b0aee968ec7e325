//! The store against real databases: what is folded, what faults do to it, what a killed process leaves.
//!
//! `suite.rs` lists what is tested on SQLite and on PostgreSQL alike: each test of its files runs once on each. The modules
//! here are about one of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where something is not as it says")]

mod away;
mod disk;
mod encrypted;
mod entries;
mod hostile_backups;
mod list_plans;
mod live_calls;
mod plans;
mod report_plans;
mod starting;

#[path = "suite.rs"]
mod sqlite;

#[allow(clippy::duplicate_mod, reason = "the same tests, on another database")]
#[path = "suite.rs"]
mod postgres;
