//! The machine of a call, from outside: facts in, decisions and effects out.
//!
//! | file | subject |
//! | --- | --- |
//! | `rehearsal.rs` | a call without actors: machine, time and journal |
//! | `promises.rs` | what holds at every step of every call |
//! | `channel_promises.rs` | the same of calls whose caller a switch holds |
//! | `outbound_promises.rs` | the same of calls that we make |
//! | `script.rs`, `script/`, `show.rs` | a small language for calls, its facts, and how they are printed |
//! | `rows/` | each row of behaviour, one script |
//! | `places.rs`, `own_faults.rs` | steps of it: a switch's knowledge of places, faults of the call's own process |
//! | `journals.rs` | journals of before fold as they did |
//! | `table.rs` | every fact in every phase |
//! | `properties.rs` | facts in any order, at any time |
//! | `simulation.rs`, `simulation/` | whole calls with faults, by seed |
//! | `at_desks.rs`, `agent_promises.rs`, `supervision_promises.rs` | agents at their desks, and supervisors |
//! | `channels/` | the same of calls whose caller a switch holds |
//!
//! A test that finds another outcome is accepted with `cargo insta review`.

#[cfg(test)]
mod afterwards;
#[cfg(test)]
mod agent_promises;
#[cfg(test)]
mod at_desks;
#[cfg(test)]
mod channel_promises;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod journals;
#[cfg(test)]
mod outbound_promises;
#[cfg(test)]
mod own_faults;
#[cfg(test)]
mod places;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod script;
#[cfg(test)]
mod show;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod supervision_promises;
#[cfg(test)]
mod table;
