//! Gemini's Live API (`BidiGenerateContent`) over a WebSocket. Converts JSON to types and back. The server's JSON may be in a
//! text frame or in a binary one.
//!
//! Our messages have exactly the shape of the public API ([`ClientMessage`], [`write_audio`]). Gemini's are read leniently
//! ([`ServerMessage::parse`]): unknown members are skipped, and a message of another shape is a typed error. Source: the types of
//! `google-genai` 3.3.0.

mod client;
mod parameters;
mod server;

pub use client::{
    ClientMessage, Content, Function, FunctionResponse, Sensitivity, Setup, Turn, TurnDetection, write_audio,
};
pub use server::{BadMessage, FunctionCall, ServerContent, ServerMessage, Sound, Transcription, Usage};
