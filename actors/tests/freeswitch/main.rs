//! FreeSWITCH over real sockets: a test plays the switch on one side and the call on the other.
#![cfg(test)]

mod switch_acting;
#[cfg(feature = "fault-injection")]
mod switch_deaths;
mod switch_extension;
mod switch_reconciling;
mod switch_ringing;
mod switch_signing_in;
mod switch_stage;
mod switch_watching;
