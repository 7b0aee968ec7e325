//! The sound of browsers by WebRTC: one UDP port for all calls, beside `/ws/audio`.
//!
//! ```text
//! POST offer ──src/web──> RtcLine ──> the port's task, on an arbiter of its own: cordboard_rtc::Hub, socket, a clock of 20 ms
//!   <── answer ───────────────┘            │ once DTLS is up: the token is used, and what opens is a leg as over /ws/audio
//!                                          │ MessagePipe: 20 ms of sound each way, keys, marks, texts
//! AudioArrived ──> registry ──> the call ──> WebLegActor (web/web_leg_actor.rs)
//! ```
//!
//! To its leg a connection is what a page is over `/ws/audio`: it plays what it gets at the pace of time, reports the played sound,
//! and discards sound that is not to be heard any more. So a call does not know its visitor's transport.
//!
//! | file | subject |
//! | --- | --- |
//! | `section.rs`, `ice.rs` | its settings |
//! | `answering.rs` | whether the servers that browsers are told of answer |
//! | `taken_ports.rs` | its ports, before they are read |
//! | `port.rs` | the task: datagrams, ticks, and what is asked over HTTP |
//! | `line.rs` | what may be asked of it |
//! | `open_streams.rs` | how many streams of TCP may be open, and which goes for the next; pure |
//! | `streams.rs` | datagrams over TCP, each behind its length |
//! | `playing.rs` | what a leg has sent and is not played yet; pure |
//! | `words_to_leg.rs` | keys, texts and goodbyes that a leg has no room for yet |

mod answering;
mod ice;
mod line;
mod open_streams;
mod playing;
mod port;
mod section;
mod streams;
mod taken_ports;
mod words_to_leg;

pub use cordboard_rtc::NoConnection;
pub use ice::{IceAddress, IceServers};
pub use line::{Answered, NotAnswered, Patched, RtcLine};
pub use section::WebrtcSection;
pub use taken_ports::TakenRtcPorts;
