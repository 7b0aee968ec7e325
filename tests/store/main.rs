//! The store on real databases: what is folded, how faults affect it, and what a killed process leaves.
//!
//! `suite.rs` lists the tests for both SQLite and PostgreSQL: each test of its files runs once on each. The modules here are about one of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

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
