//! The provider `openai`: its session, row by row, and all of it against a scripted server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod anything;
mod comfort;
mod conversation;
mod doubt;
mod failures;
mod functions;
mod interruptions;
mod links;
mod peer;
mod provider;
mod stage;
mod waiting;
