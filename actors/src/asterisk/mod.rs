//! Asterisk: the port that its AudioSocket connections come to, and the leg that each of them becomes.
//!
//! ```text
//! AudioSocketListener      one per node; ends with its handle
//! └─ handshake             one per connection, until its UUID came; ends with the listener
//! ```
//!
//! Source: captures of Asterisk 22 (`tests/captures/asterisk/audiosocket`).

mod accept_backoff;
mod handshake;
mod listener;

pub use listener::{AudioSocketListener, AudioSocketSettings, ListenerCounters, ListenerHandle};
