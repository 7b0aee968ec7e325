//! A real Asterisk under control, and a Cordboard, through whole calls: people who take over, holds and transfers, lost links, a restarted Asterisk,
//! outbound calls.
//!
//! Callers and people have SIP telephones of the harness. A case checks what they heard, what the API reports, and what Asterisk saw.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod actions;
mod audio_ports;
mod comparing;
mod control;
mod desks;
mod handoffs;
mod holds;
mod model;
mod outbound;
mod parking;
mod placing;
mod profiles;
mod restarts;
mod setup;
