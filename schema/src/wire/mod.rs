//! Wire formats: bytes to types and back. No I/O; incomplete input is a normal answer.

pub mod audiosocket;
pub mod esl;
pub mod freeswitch_audio;
pub mod openai;
