//! Wire formats: bytes to types and back. No I/O; incomplete input isn't an error.

pub mod ami;
pub mod audiosocket;
pub mod chat;
pub mod control;
pub mod deepgram;
pub mod desk;
pub mod elevenlabs;
pub mod esl;
mod event;
pub mod freeswitch_audio;
pub mod gemini;
mod mark;
pub mod openai;
pub mod openai_live;
mod peer_words;
pub mod speech;
pub mod twilio;
pub mod twilio_media;
pub mod twiml;
pub mod web_audio;
