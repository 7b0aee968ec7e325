//! Twilio end to end: the real server, and a stand-in that signs webhooks, does what their TwiML says and opens streams.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod desks;
mod documents;
#[allow(dead_code, reason = "other tests take more of it")]
#[path = "../store/entries.rs"]
mod entries;
mod house;
mod numbers;
mod own_accounts;
mod owner;
mod people;
mod profiles;
mod rest;
mod rooms;
mod story;
mod strangers;
mod streams;
mod texts;
mod voicemail;
mod webhooks;
