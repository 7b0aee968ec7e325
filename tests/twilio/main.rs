//! Twilio end to end: the real server, and a stand-in that signs webhooks, does what their TwiML says and opens streams.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod documents;
mod house;
mod numbers;
mod rest;
mod story;
mod streams;
mod voicemail;
mod webhooks;
