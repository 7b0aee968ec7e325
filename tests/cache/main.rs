//! The cache: one suite for that of a process, that in a real Redis, and the house's, which is both; and what becomes of it when
//! the Redis goes and comes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod away;
mod hostile;
mod setup;
mod suite;
