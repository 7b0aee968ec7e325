//! The catalogue: every message that passes between actors, grouped by receiver. `cordboard-call` defines the orders
//! of a call and the requests to it; this module re-exports them.
//! Facts are in the past tense, commands in the imperative. No message holds audio: samples travel on cords.
//!
//! | file | receiver |
//! | --- | --- |
//! | `messages/registry.rs`, `messages/audio.rs` | the RegistryActor |
//! | `messages/call.rs` | a CallActor |
//! | `messages/leg.rs` | a leg |
//! | `messages/control.rs` | a control link |
//! | `messages/switch.rs` | a SwitchActor |
//! | `messages/twilio.rs` | a TwilioActor |
//! | `messages/ports.rs` | the AudioPortsActor |
//! | `messages/assistant.rs` | the RealtimeAiActor |
//! | `messages/store.rs` | the StoreActor |
//! | `messages/desk.rs` | the RouterActor, and desks |
//! | `messages/floor.rs` | the StoreActor and the RouterActor |
//! | `messages/services.rs` | actors that ask other services for a call, or cache its caller's profile |

mod assistant;
mod audio;
mod call;
mod control;
mod desk;
mod floor;
mod leg;
mod ports;
mod refused;
mod registry;
mod services;
mod store;
mod switch;
mod twilio;

pub use assistant::*;
pub use audio::*;
pub use call::*;
pub use control::*;
pub use desk::*;
pub use floor::*;
pub use leg::*;
pub use ports::*;
pub use refused::*;
pub use registry::*;
pub use services::*;
pub use store::*;
pub use switch::*;
pub use twilio::*;

pub use cordboard_call::{
    ChannelAction, Command, CommandRefused, DeskPlace, GivenBy, Listening, Phone, PromptFile,
};

pub use crate::line::{
    CallLine, ControlLine, DeskLine, LegLine, PortLine, RegistryLine, RouterLine, SwitchLine, TwilioLine,
};
