//! The HTTP API, asked over real sockets: a real store behind it, and a stand-in for the registry.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it says"
)]

mod access;
mod actors;
mod admin;
mod appointments;
mod audio_ports;
mod calls;
mod commands;
mod customers;
mod dashboard;
mod dialling;
mod dialplan;
mod document;
mod dtmf_actions;
#[path = "../store/entries.rs"]
mod entries;
mod health;
mod house;
mod leads;
mod live;
mod outbound;
mod profiles;
mod recording;
mod switches;
