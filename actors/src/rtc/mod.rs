//! The sound of browsers by WebRTC: one UDP port for all calls, as an alternative to `/ws/audio`.
//!
//! ```text
//! POST offer ──src/web──> RtcLine ──> the port's task, on an arbiter of its own: cordboard_rtc::Hub, socket, a clock of 20 ms
//!   <── answer ───────────────┘            │ once DTLS is up: the token is used, and what opens is a leg as over /ws/audio
//!                                          │ MessagePipe: 20 ms of sound each way, keys, marks, texts
//! AudioArrived ──> registry ──> the call ──> WebLegActor (web/web_leg_actor.rs)
//! ```
//!
//! For its leg, a connection is like a page over `/ws/audio`: it plays what it gets at real-time pace, reports the
//! played sound, and discards sound that is not to be heard any more. So a call does not know its visitor's
//! transport.
//!
//! | file | subject |
//! | --- | --- |
//! | `section.rs`, `ice.rs`, `public_addresses.rs` | its settings |
//! | `answering.rs` | whether the servers that browsers are given answer |
//! | `taken_ports.rs` | its ports, taken before they are read |
//! | `port.rs` | the task: datagrams, ticks, and requests over HTTP |
//! | `line.rs` | the requests to it |
//! | `open_streams.rs` | how many TCP streams may be open, and which is closed for the next one; pure |
//! | `streams.rs` | datagrams over TCP, each after its length |
//! | `playing.rs` | what a leg has sent and has not been played yet; pure |
//! | `words_to_leg.rs` | keys, texts and goodbyes for which a leg has no room yet |

mod answering;
mod ice;
mod line;
mod open_streams;
mod playing;
mod port;
mod public_addresses;
mod section;
mod streams;
mod taken_ports;
mod words_to_leg;

pub use cordboard_rtc::NoConnection;
pub use ice::{IceAddress, IceServers};
pub use line::{Answered, NotAnswered, Patched, RtcLine};
pub use public_addresses::PublicAddresses;
pub use section::WebrtcSection;
pub use taken_ports::TakenRtcPorts;
