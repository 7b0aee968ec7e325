//! Deepgram over WebSockets: its Voice Agent, and its streaming recognition. Converts JSON texts to types and back. Audio is
//! bytes, in frames of its own.
//!
//! Our messages have exactly the shape of the public API ([`ClientMessage`], [`ListenMessage`]). Deepgram's are read leniently
//! ([`ServerEvent::parse`], [`ListenEvent::parse`]): unknown events and members are skipped, and a malformed event is a typed
//! error. Source: the types of `deepgram-sdk` 7.16.0, Deepgram's AsyncAPI file.

mod client;
mod listen;
mod server;

pub use client::{ClientMessage, Function, HistoryMessage, Listen, Settings, Speak, Think};
pub use listen::{ListenEvent, ListenMessage, ListenQuery, settled_ms};
pub use server::{FunctionCall, ServerEvent};

pub use super::event::BadEvent;
