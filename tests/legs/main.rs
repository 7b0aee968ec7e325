//! One suite for every kind of caller's leg: the same calls, heard by the caller and read in the journal, whatever carries
//! their voice. A new kind of leg joins by a line in `kind.rs`.
//!
//! Callers are on stand-ins that behave as the real switches do: an AudioSocket as Asterisk's, a FreeSWITCH with its
//! control link and audio over a WebSocket or over UDP, a Twilio with webhooks and a media stream, a browser on a talk link.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod conversations;
mod endings;
mod keys;
mod kind;
mod lines;
mod returns;
mod stage;
