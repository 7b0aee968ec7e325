//! Legs over Twilio's media streams, on in-memory pipes and in paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each switch uses only a part of the shared code")]

mod coming_in;
mod hearing;
mod leaving;
#[path = "../audiosocket/leg_call.rs"]
mod leg_call;
mod speaking;
mod stage;
