//! Switches that we connect to: what is the same for every kind. What a kind says and means is its own
//! ([`SwitchLogic`]; `freeswitch/switch.rs`, `asterisk/ami.rs`).
//!
//! | file | subject |
//! | --- | --- |
//! | `logic.rs` | what a kind of switch has to be |
//! | `station.rs` | the actor |
//! | `wire.rs` | the socket |
//! | `losses.rs`, `backoff.rs` (pure) | why it can't be reached, and when it is tried again |
//! | `standing.rs` (pure) | how far a call knows the link to its channel |
//! | `turn.rs` (pure) | what something means for a phone that is rung |
//! | `asking.rs` | who wants to know whether somebody can be reached |
//! | `variables.rs` (pure) | anybody's words as variables of a channel |

mod asking;
mod backoff;
mod logic;
mod losses;
mod standing;
mod station;
mod turn;
mod variables;
mod wire;

pub(crate) use asking::AnswerTo;
pub(crate) use backoff::{Backoff, Retry};
pub(crate) use logic::{ActorStep, SwitchLogic};
pub(crate) use losses::{Fault, Losses};
pub(crate) use standing::Standing;
pub(crate) use station::StationActor;
pub(crate) use turn::{Becomes, Turn};
pub(crate) use variables::{OWN_VARIABLES, escaped};
pub(crate) use wire::{Codec, WireFault};
