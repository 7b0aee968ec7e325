//! Cordboard's nouns: ids, vocabulary, events, wire formats, audio arithmetic, tables and rows.
//!
//! Nothing here has a clock, a runtime, a lock or a socket.

pub mod audio;
pub mod digit;
pub mod ids;
pub mod limits;
pub mod wire;
