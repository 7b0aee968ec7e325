//! An assistant as its call and its caller meet it: what it tells the call, and what the caller hears.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it can't go on")]

mod builtin;
mod ears;
mod provider;
mod resync;
mod stage;
