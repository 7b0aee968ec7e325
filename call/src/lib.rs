//! Pure decisions of a call: facts and times go in, decisions and effects come out.
//!
//! The manifest has no runtime, so nothing here can wait, read a clock or open a socket. `cordboard-actors` delivers the facts and carries
//! out the effects.
//!
//! | file | subject |
//! | --- | --- |
//! | `machine.rs` and its folder | the call: its state, and what follows from a fact |
//! | `handoff.rs` | a hand-off to a person |
//! | `effect.rs` | effects for the actor to carry out |
//! | `alarm_watch.rs` | alarms of a call, separate from its machine |
//! | `assistant_order.rs`, `channel_action.rs`, `phone.rs`, `desk_place.rs` | parts of effects: orders and places |
//! | `command.rs` | commands to a call from programs and people, and why they are refused |
//! | `tools/` | an assistant's tools |
//! | `turns.rs` | conversations with callers in turns, instead of as a stream of audio |
//! | `cords.rs` | the cords: which party hears which |
//! | `unicast.rs` | when a channel's samples may be sent as datagrams |
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod alarm_watch;
mod assistant_order;
mod channel_action;
mod command;
pub mod cords;
mod desk_place;
pub mod effect;
pub mod handoff;
pub mod machine;
mod phone;
pub mod tools;
mod turns;
pub mod unicast;

pub use assistant_order::{AssistantOrder, Attention};
pub use channel_action::{ChannelAction, GivenBy, Listening, PromptFile};
pub use command::{Command, CommandRefused};
pub use desk_place::{Accepts, DeskPlace};
pub use phone::Phone;
