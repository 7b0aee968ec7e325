//! The real Asterisk, with the dialplan that is shipped, and the real Cordboard: whole calls, heard at the caller.
//!
//! Callers are SIP telephones of the harness, baresip, and Local channels that AMI starts. What a case claims it takes
//! from what the caller heard, from what the API tells, and from what Asterisk saw; never from a flag.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod application;
mod away;
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
