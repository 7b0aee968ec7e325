//! ElevenLabs Agents, a hosted agent over a WebSocket. Converts JSON texts to types and back.
//!
//! Our messages have exactly the shape of the public API ([`ClientMessage`], [`write_audio`]). ElevenLabs' are read leniently
//! ([`ServerEvent::parse`]): unknown events and members are skipped, and a malformed event is a typed error. Source: the types of
//! ElevenLabs' own clients (`@elevenlabs/types`, `elevenlabs-python`).

mod client;
pub mod report;
mod server;
pub mod signature;
pub mod stream_input;

pub use client::{ClientMessage, Initiation, Overrides, language_of, write_audio};
pub use server::{ErrorReport, ServerEvent, format_of};

pub use super::event::BadEvent;
