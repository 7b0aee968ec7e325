//! Asterisk: the port that its AudioSocket connections come to, and the leg that each of them becomes.
//!
//! ```text
//! AudioSocketListener      one per node; ends with its handle
//! └─ handshake             one per connection, until the registry has it; ends with the listener
//!
//! Stay                     one per leg, on its call's arbiter: a task that tells the call once that the leg has left,
//! │                        however it ends; where a part of it dies, it goes on with another one
//! ├─ LegActor              takes the call's orders (`legs/`)
//! ├─ reader                socket -> mouth, recording (left), digits; waits for the peer only
//! └─ writer                ear -> socket, recording (right); one frame each 20 ms
//! ```
//!
//! Source: captures of Asterisk 22 (`tests/captures/asterisk/audiosocket`).

mod audiosocket_actor;
mod handshake;
mod leg_end;
mod leg_reader;
mod leg_writer;
mod listener;
mod stay;

pub use crate::legs::LegSettings;
pub use audiosocket_actor::AudioSocketActor;
pub use leg_end::refuse;
pub use listener::{AudioSocketListener, AudioSocketSettings, ListenerCounters, ListenerHandle};
