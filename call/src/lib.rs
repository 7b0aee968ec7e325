//! Pure decisions of a call: facts and times go in, decisions and effects come out.
//!
//! The manifest has no runtime, so nothing here can wait, ask a clock or open a socket. `cordboard-actors` brings the facts and carries
//! the effects out.
//!
//! | file | subject |
//! | --- | --- |
//! | `machine.rs` and its folder | the call: its state, and what follows from a fact |
//! | `handoff.rs` | a person who is asked to take over |
//! | `effect.rs` | effects that are to be carried out |
//! | `alarm_watch.rs` | alarms of a call: beside its machine |
//! | `assistant_order.rs`, `channel_action.rs`, `phone.rs`, `desk_place.rs` | parts of effects: orders and places |
//! | `command.rs` | commands of a program or a person to a call, and the reasons of a refusal |
//! | `tools/` | tools of an assistant |
//! | `turns.rs` | callers who are talked with turn by turn |
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
