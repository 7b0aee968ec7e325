//! Twilio and what is no part of virtual time: a Redis that other programs look into, and a server that is killed while its caller
//! goes on. Everything else is in `tests/virtual/twilio`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod killed;
mod profiles;
mod setup;
