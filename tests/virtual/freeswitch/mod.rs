//! A FreeSWITCH and a Cordboard through whole calls: hand-offs, holds and transfers, links that are cut, halves that come late or never.
//!
//! The switch is a stand-in that behaves like the captures of a real one, and that records violations of its rules: every case ends without any.
//! Callers notice what is checked here, or it is in the journal.

mod audio_loss;
mod desks;
mod drains;
mod endings;
mod halves;
mod handoffs;
mod holds;
mod inbound;
mod keys;
mod links;
mod modes;
mod outbound;
pub(crate) mod phone;
mod restarts;
mod setup;
mod transfers;
pub(crate) mod way;
