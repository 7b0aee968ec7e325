//! Parts that are the same for every kind of switch. What a kind sends and what it means is in its own files ([`Switch`] and, for a
//! kind that we connect to by TCP, [`SwitchLogic`]; `freeswitch/switch.rs`, `asterisk/ami.rs`, `twilio/rest_actor.rs`).
//!
//! | file | subject |
//! | --- | --- |
//! | `switch.rs` | the trait of a switch: what calls and the API ask of it |
//! | `channel_audio.rs` | the trait of audio that is ordered over a channel's control |
//! | `control_source.rs` | the trait of a control connection that a switch opens |
//! | `section.rs` | what a kind declares: its settings, its ports and its start; it is registered in `switches!` below |
//! | `known.rs` | the switches that calls know, and which of them makes a call, or may have a caller's channel |
//! | `logic.rs` | the trait of a switch that we connect to by TCP |
//! | `station.rs` | the actor of such a switch |
//! | `wire.rs` | the socket |
//! | `link_life.rs` (pure) | the state of such a connection |
//! | `losses.rs`, `backoff.rs` (pure) | why a switch can't be reached, and when it is tried again |
//! | `link_knowledge.rs` (pure) | what a call knows of the link to its channel |
//! | `rung.rs` (pure) | reports about a phone that is rung |
//! | `rung_phones.rs` | the phones that a switch rings, their timeouts, and the reports to their calls |
//! | `turn.rs` (pure) | the consequences of an event for a phone that is rung |
//! | `asking.rs` | requesters that want to know whether an extension can be reached |
//! | `variables.rs` (pure) | untrusted text as variables of a channel |

mod asking;
mod backoff;
mod channel_audio;
mod control_source;
mod known;
mod link_knowledge;
mod link_life;
mod logic;
mod losses;
mod rung;
mod rung_phones;
mod section;
mod station;
mod switch;
mod turn;
mod variables;
mod wire;

pub(crate) use asking::AnswerTo;
pub(crate) use backoff::{Backoff, Retry};
pub use channel_audio::{ChannelAudio, SocketLeg};
pub use control_source::{ControlPlace, ControlSource};
pub use known::{Holders, KnownSwitch, KnownSwitches};
pub(crate) use link_knowledge::LinkKnowledge;
pub(crate) use link_life::{CONNECT_MS_MAX, LinkLife, Phase};
pub(crate) use logic::{ActorStep, SwitchLogic};
pub(crate) use losses::{Fault, Losses};
pub(crate) use rung::{RingPurpose, RingingReport};
pub(crate) use rung_phones::{Rung, RungPhone, RungPhones};
use section::switches;
pub use section::{
    NamedSwitch, SettingsAround, SwitchFault, SwitchPlace, SwitchPortFault, SwitchPortPlace, SwitchPorts,
    SwitchSection,
};
pub(crate) use station::StationActor;
pub(crate) use switch::{ActOrder, PersonOrder, RingOrder, Switch, WatchOrder};
pub(crate) use turn::{ChannelOutcome, Turn};
pub(crate) use variables::{OWN_VARIABLES, own_variables};
pub(crate) use wire::{Codec, WireFault};

switches! {
    freeswitch: crate::freeswitch::FreeswitchSection,
    asterisk: crate::asterisk::AsteriskSection,
    twilio: crate::twilio::TwilioSection,
}
