//! Twilio with counterparts that can't run in virtual time: a Redis that other programs read, and a server that is killed while its caller stays.
//! Everything else is in `tests/virtual/twilio`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod killed;
mod profiles;
mod setup;
