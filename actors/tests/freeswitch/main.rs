//! FreeSWITCH over real sockets: a test plays the switch on one side and the call on the other.
#![cfg(test)]

#[allow(dead_code, reason = "shared with the cases of AudioSocket")]
#[path = "../audiosocket/leg_call.rs"]
mod leg_call;
mod stream_captures;
mod stream_chunks;
#[cfg(feature = "fault-injection")]
mod stream_deaths;
mod stream_ending;
mod stream_hostile;
mod stream_listening;
mod stream_module;
mod stream_recording;
mod stream_sound;
mod stream_stage;
mod unicast_captures;
mod unicast_ending;
mod unicast_sound;
mod unicast_stage;
