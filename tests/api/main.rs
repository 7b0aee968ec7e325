//! The HTTP API, asked over real sockets: a real store behind it, and a stand-in for the registry.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it says"
)]

mod access;
mod calls;
mod dialplan;
#[path = "../store/entries.rs"]
mod entries;
mod health;
mod house;
mod recording;
