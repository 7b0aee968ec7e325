//! Asterisk: the port that its AudioSocket connections arrive at, and the leg that each of them becomes.
//!
//! ```text
//! AudioSocketListener      one per node; ends with its handle
//! └─ handshake             one per connection, until the registry has it; ends with the listener
//!
//! AudioPortsActor          one per node with a range of ports: who has which, and for how long
//! └─ a leased port         one per lease: closed when its connection arrives, none arrives in time, or it is returned
//!
//! AudioSocketActor         one per leg, on its call's arbiter: a task that reports once to the call that the leg has left,
//! │                        however it ends; if a part of it dies, it continues with another one
//! ├─ LegActor              takes the call's orders (`legs/`)
//! ├─ reader                socket -> mouth, recording (left), digits; waits for the peer only
//! └─ writer                ear -> socket, recording (right); one frame each 20 ms
//! ```
//!
//! Source: captures of Asterisk 22 (`tests/captures/asterisk/audiosocket`).

mod ami;
mod ami_actor;
mod ami_section;
mod audiosocket_actor;
mod handshake;
mod leased_port;
mod leg_end;
mod leg_reader;
mod leg_writer;
mod listener;
mod port_actor;
mod port_leases;
mod port_meter;
mod section;
mod settings;

pub use ami::dialling::{BadTemplate, DialTemplate};
pub use ami_actor::{AmiSettings, HoldPlaces};
pub use ami_section::{AsteriskSection, AsteriskServer, AsteriskServers};
pub use audiosocket_actor::{AudioConnection, AudioSocketActor};
pub use leg_end::refuse;
pub use listener::{AudioSocketListener, AudioSocketSettings, ListenerCounters, ListenerHandle};
pub use port_actor::{AudioPortsActor, AudioPortsSettings};
pub use port_leases::{JoinRefused, Lease, LeaseId, LeaseRequest, LeaseState, PortLeases, PortsUsedUp};
pub use port_meter::{PortFigures, PortMeter};
pub use section::AudioSocketSection;

pub use crate::listening::{BadRange, PortRange};
