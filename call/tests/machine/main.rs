//! The machine of a call, from outside: facts in, decisions and effects out.
//!
//! | file | subject |
//! | --- | --- |
//! | `rehearsal.rs` | a call without actors: machine, time and journal |
//! | `promises.rs` | what holds at every step of every call |
//! | `channel_promises.rs` | the same for calls whose caller is on a switch |
//! | `outbound_promises.rs` | the same for calls that we make |
//! | `notice_promises.rs` | who has to wait until a caller has heard the notice |
//! | `script.rs`, `script/`, `show.rs` | a small language for calls, its facts, and how they are printed |
//! | `rows/` | one script for each case of behaviour |
//! | `places.rs`, `own_faults.rs` | steps of that language: what a switch knows about places, faults of the call's own process |
//! | `journals.rs` | older journals still fold as they did |
//! | `table.rs` | every fact in every phase |
//! | `properties/` | facts in any order, at any time |
//! | `simulation/` | whole calls with faults, by seed |
//! | `at_desks.rs`, `agent_promises.rs`, `supervision_promises.rs` | agents at their desks, and supervisors |
//! | `channels/` | the same for calls whose caller is on a switch |
//!
//! To accept a new outcome of a test, use `cargo insta review`.

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
mod notice_promises;
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
