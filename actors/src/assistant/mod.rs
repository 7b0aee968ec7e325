//! The assistant: the AI on a call, and the sounds that it speaks with when no provider can.

pub mod sounds;
