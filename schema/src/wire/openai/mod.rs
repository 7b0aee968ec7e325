//! OpenAI Realtime, speech to speech over a WebSocket. Converts JSON texts to types and back.
//!
//! Our messages have exactly the shape of the public API ([`ClientMessage`], [`write_append`]). The server's are read leniently
//! ([`ServerEvent::parse`]): unknown events and fields are skipped, the names of both dialects are known, and a malformed event
//! is a typed error. Source: OpenAI's API reference, "Realtime", client and server events
//! (platform.openai.com/docs/api-reference/realtime).

mod audio;
mod client;
mod server;
mod session;
pub(in crate::wire) mod usage;

pub use audio::{AudioFormat, BadAudio, append_len, decode_audio, write_append};
pub use client::{ClientEvent, ClientMessage, NewItem, ResponseParams, Role, ToolChoice};
pub use server::{
    BadEvent, ErrorReport, OutputItem, OutputItemKind, RateLimit, ResponseReport, ResponseStatus,
    ServerEvent, SessionReport,
};
pub use session::{SessionUpdate, ToolSpec, TurnDetectionUpdate};

/// The API's dialect that a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The current one: `session.type`, `audio.input`, `response.output_audio.delta`.
    Ga,
    /// The previous one, which some compatible servers still use: flat sessions, no cancel, no truncate.
    Beta,
}
