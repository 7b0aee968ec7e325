//! FreeSWITCH over real sockets: a test plays the switch on one side and the call on the other.
//! FreeSWITCH's side of Cordboard: control by ESL, audio both ways, over real sockets and without any.
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
mod esl_switch;
mod esl_translation;
#[allow(dead_code, reason = "shared with the cases of AudioSocket")]
#[path = "../audiosocket/leg_call.rs"]
mod leg_call;
mod stream_module;
mod stream_stage;
mod switch_extension;
mod switch_signing_in;
mod switch_stage;
mod switch_watching;
