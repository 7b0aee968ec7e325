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
mod audio_ports;
mod business;
mod calls;
mod commands;
mod dialling;
mod dialplan;
mod document;
mod dtmf_actions;
#[path = "../store/entries.rs"]
mod entries;
mod health;
mod house;
mod live;
mod outbound;
mod phone_numbers;
mod profile_versions;
mod profiles;
mod recording;
mod switches;
