//! Deepgram over WebSockets: its Voice Agent, and its streaming recognition. JSON texts to types and back. Audio is bytes, in frames
//! of its own.
//!
//! Our messages have exactly the shape of the public API ([`ClientMessage`], [`ListenMessage`]). Theirs are read with patience
//! ([`ServerEvent::parse`], [`ListenEvent::parse`]): unknown events and members are passed over, and a malformed event is a typed
//! error. Source: the types of `deepgram-sdk` 7.16.0, Deepgram's AsyncAPI file.

mod client;
mod listen;
mod server;

pub use client::{ClientMessage, Function, HistoryMessage, Listen, Settings, Speak, Think};
pub use listen::{ListenEvent, ListenMessage, ListenQuery, settled_ms};
pub use server::{FunctionCall, ServerEvent};

pub use super::event::BadEvent;
