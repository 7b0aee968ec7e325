//! A call: the parts that bring facts to its machine (`cordboard-call`), the parts that carry effects out, and the thin
//! actor around both.

pub mod actor;
mod agenda;
mod assistants;
mod at_desks;
mod caller_page;
mod carry_out;
mod channel;
mod channel_actions;
mod controls;
mod custom_tools;
pub mod found;
mod key_rate;
mod legs;
pub mod live_call;
mod log;
pub mod neighbours;
mod next_steps;
mod own_legs;
mod phones;
mod profiles;
pub(crate) mod rebirth;
mod record;
mod reports;
mod spans;
mod wind_up;
mod writing;
