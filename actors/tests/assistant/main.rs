//! An assistant as seen by its call and its caller: its reports to the call, and its sound for the caller.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it can't go on")]

mod builtin;
mod ears;
mod provider;
mod resync;
mod stage;
