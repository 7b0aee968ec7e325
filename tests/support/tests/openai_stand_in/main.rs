//! The OpenAI stand-in, tested with the examples of the protocol, rule by rule with a client that breaks it, and on the wire, fault by fault.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod client;
mod dialects;
mod examples;
mod faults;
mod manners;
mod rules;
