//! One suite for the kinds of callers' legs whose stand-ins have threads of their own: a Twilio with webhooks and a media stream, a
//! browser on a talk link. The same calls, heard by the caller and read in the journal, whatever carries their voice. Those of
//! switches are in `tests/virtual/legs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops where it fails")]

mod aiortc;
mod conversations;
mod endings;
mod keys;
mod kind;
mod lines;
mod returns;
mod stage;
