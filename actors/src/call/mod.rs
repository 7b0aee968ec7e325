//! A call: its pure machine, the cords that the machine wants, what carries effects out, and the thin actor around it.

pub mod actor;
mod at_desks;
mod caller_page;
mod carry_out;
mod channel;
pub mod cords;
mod custom_tools;
pub mod effect;
pub mod found;
pub mod handoff;
mod key_rate;
pub mod live_call;
mod log;
pub mod machine;
pub mod neighbours;
mod outbound;
mod phones;
mod profiles;
pub(crate) mod rebirth;
mod spans;
mod told;
mod turns;
pub mod unicast;
