//! The FreeSWITCH stand-in, tested with the captures of a real one, and with a program that speaks raw ESL.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod captures;
mod faults;
mod inbound;
mod outbound;
mod program;
mod replay;
mod sound;
