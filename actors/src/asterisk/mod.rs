//! Asterisk: the port that its AudioSocket connections come to, and the leg that each of them becomes.
//!
//! ```text
//! AudioSocketListener      one per node; ends with its handle
//! └─ handshake             one per connection, until the registry has it; ends with the listener
//!
//! AudioSocketActor         one per leg, on its call's arbiter; ends with the leg
//! └─ Stay                  the leg's task: tells the call once that the leg has left, however it ends
//!    ├─ reader             socket -> mouth, recording (left), digits; waits for the peer only
//!    └─ writer             ear -> socket, recording (right); one frame each 20 ms
//! ```
//!
//! Source: captures of Asterisk 22 (`tests/captures/asterisk/audiosocket`).

mod accept_backoff;
mod audiosocket_actor;
mod burst;
mod handshake;
mod leg;
mod leg_end;
mod leg_reader;
mod leg_recording;
mod leg_socket;
mod leg_writer;
mod listener;

pub use audiosocket_actor::{AudioSocketActor, LegSettings};
pub use leg_end::refuse;
pub use listener::{AudioSocketListener, AudioSocketSettings, ListenerCounters, ListenerHandle};
