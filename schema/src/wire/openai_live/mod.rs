//! OpenAI's Live API (full duplex, `/v1/live/sessions`) over a WebSocket. Converts JSON texts to types and back.
//!
//! Our messages have exactly the shape of the public API ([`ClientMessage`]): a session refuses unknown members. The server's are
//! read leniently ([`ServerEvent::parse`]): unknown events and members are skipped, and a malformed event is a typed error.
//! Source: the types of `openai` (Python) 3.51.0, `openai.types.live`.

mod client;
mod server;

pub use client::{ClientMessage, Function, InitialItem, Start, Tasks, write_audio};
pub use server::{Report, ResponseEvent, ServerEvent, Words};

pub use super::event::BadEvent;
