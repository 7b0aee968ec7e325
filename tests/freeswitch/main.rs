//! A FreeSWITCH and a Cordboard through whole calls: hand-offs, holds and transfers, links that are cut, halves that come
//! late or never, servers that are started again.
//!
//! The switch is a stand-in that behaves as the captures of a real one do, and that keeps what is done against its rules:
//! every case ends with none broken. Callers notice what is checked here, or it stands in the journal.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod audio_loss;
mod desks;
mod endings;
mod halves;
mod handoffs;
mod holds;
mod house;
mod inbound;
mod keys;
mod links;
mod outbound;
mod profiles;
mod reconciler;
mod restarts;
mod transfers;
mod way;
