//! A real Asterisk under control, and a Cordboard, through whole calls: people who take over, holds and transfers, links that
//! are cut, an Asterisk that is started again, calls that are made.
//!
//! Callers and people have SIP telephones of the harness. What a case claims it takes from what they heard, from what the API
//! tells, and from what Asterisk saw.
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
