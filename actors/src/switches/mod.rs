//! Switches that we connect to: what is the same for every kind. What a kind says and means is its own
//! ([`SwitchLogic`]; `freeswitch/switch.rs`, `asterisk/ami.rs`).
//!
//! | file | subject |
//! | --- | --- |
//! | `logic.rs` | what a kind of switch has to be |
//! | `station.rs` | the actor, and the keeper who replaces one that died |
//! | `wire.rs` | the socket |
//! | `backoff.rs` (pure) | when it is tried again |
//! | `variables.rs` (pure) | anybody's words as variables of a channel |

mod backoff;
mod logic;
mod station;
mod variables;
mod wire;

pub(crate) use backoff::{Backoff, Retry};
pub(crate) use logic::{Deed, SwitchLogic};
pub(crate) use station::StationActor;
pub(crate) use variables::{OWN_VARIABLES, escaped};
pub(crate) use wire::{Codec, WireFault};
