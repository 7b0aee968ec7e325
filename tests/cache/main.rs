//! The cache: one suite for the cache of a process, for the one in a real Redis, and for the server's, which is both; and what happens when the Redis
//! goes and comes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod away;
mod hostile;
mod setup;
mod suite;
