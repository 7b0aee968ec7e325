//! A call: the parts that bring facts to its machine (`cordboard-call`), the parts that carry effects out, and the
//! thin actor around both.
//!
//! | file | subject |
//! | --- | --- |
//! | `actor.rs`, `live_call.rs` | the actor: mailbox and timer; the call that it owns: a step, and what follows from it |
//! | `agenda.rs` | waiting facts and effects |
//! | `reports.rs`, `fact_rate.rs`, `carry_out.rs` | what each message does, and the limit on events; what each effect
//! does, by which of the parts below |
//! | `legs.rs`, `key_rate.rs`, `own_legs.rs` | connections with audio; the limit on their keys; music and tones |
//! | `assistants.rs`, `shared_tools.rs` | the assistant that serves, and the one that is tried alongside; tools that
//! several calls share |
//! | `controls.rs` | connections by which the caller's switch is controlled |
//! | `channel.rs`, `channel_actions.rs` | the caller's channel, and the switch that has it; requests to that switch |
//! | `phones.rs` | phones that a switch calls for the call |
//! | `at_desks.rs` | messages to the desks' router |
//! | `next_steps.rs`, `profiles.rs` | questions about where the caller goes next; the profile that is cached before
//! they go there |
//! | `writing.rs`, `custom_tools.rs` | writes to the store, and requests of custom tools, once the journal is on disk |
//! | `record.rs`, `log.rs`, `spans.rs`, `caller_page.rs` | what others see of the call: journal, log, traces, the caller's page |
//! | `rebirth.rs`, `lost_effects.rs` | deaths of actors, panics of steps; panics of effects |
//! | `wind_up.rs` | what the end of the call waits for |
//! | `found.rs` | calls that a dead process left open |
//! | `neighbours.rs` | the actors that a call talks to |

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
mod fact_rate;
pub mod found;
mod key_rate;
mod legs;
pub mod live_call;
mod log;
mod lost_effects;
pub mod neighbours;
mod next_steps;
mod own_legs;
mod phones;
mod profiles;
pub(crate) mod rebirth;
mod record;
mod reports;
pub mod shared_tools;
mod spans;
mod wind_up;
mod writing;
