//! FreeSWITCH over real sockets: a test plays the switch on one side and the call on the other.
#![cfg(test)]

#[allow(dead_code, reason = "shared with the cases of AudioSocket")]
#[path = "../audiosocket/leg_call.rs"]
mod leg_call;
mod stream_module;
mod stream_stage;
mod switch_extension;
mod switch_signing_in;
mod switch_stage;
mod switch_watching;
