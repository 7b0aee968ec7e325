//! FreeSWITCH's side of Cordboard: control by ESL, audio in both directions. Over real sockets a test plays the
//! switch on one side and the call on the other; pure code is tested without sockets.
#![cfg(test)]

mod esl_captures;
mod esl_commands;
mod esl_control;
#[cfg(feature = "fault-injection")]
mod esl_deaths;
mod esl_hostile;
mod esl_listening;
mod esl_pending;
mod esl_queue;
mod esl_splits;
mod esl_stage;
mod esl_stand_in;
mod esl_switch;
mod esl_translation;
#[allow(dead_code, reason = "shared with the cases of AudioSocket")]
#[path = "../audiosocket/leg_call.rs"]
mod leg_call;
#[path = "../audiosocket/on_record.rs"]
mod on_record;
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
mod switch_acting;
#[cfg(feature = "fault-injection")]
mod switch_deaths;
mod switch_dialling;
mod switch_extension;
mod switch_playing;
mod switch_ports;
mod switch_reconciling;
mod switch_ringing;
mod switch_signing_in;
mod switch_stage;
mod switch_watching;
mod unicast_captures;
mod unicast_ending;
mod unicast_sound;
mod unicast_stage;
mod virtual_time;
