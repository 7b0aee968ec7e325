//! The real Asterisk, with the shipped dialplan, and the real Cordboard: whole calls, as the caller hears them.
//!
//! Callers are SIP telephones of the harness, baresip, and Local channels that AMI starts. A case checks what the caller heard, what the API reports,
//! and what Asterisk saw; never a flag.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod application;
mod away;
mod callers;
mod crowd;
mod drain;
mod ear;
mod endings;
mod keys;
mod refusals;
#[cfg(feature = "fault-injection")]
mod rings;
mod setup;
mod telephone;
mod wideband;
