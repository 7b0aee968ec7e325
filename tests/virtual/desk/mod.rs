//! Agents' desks, `/ws/desk` of the whole server, in virtual time.
//!
//! | file | subject |
//! | --- | --- |
//! | `setup.rs` | a server with an owner and their agents |
//! | `stage.rs` | the same with a visitor, and what people hear |
//! | `calls.rs` | calls that are handed to agents at their desks |
//! | `begun.rs` | calls that agents begin |
//! | `colleagues.rs` | agents who consult colleagues, and pass callers on |
//! | `whispers.rs` | agents who are briefed by the assistant before they talk |
//! | `wrap_ups.rs` | wrap-ups that are due when the server dies |
//! | `killed.rs` | visitors who are offered, or talk with an agent, when the server dies |
//! | `presence.rs` | who is there, and whether they take calls |
//! | `identities.rs` | visitors of a website that has signed who they are |
//! | `departed.rs` | agents who are removed or disabled while they talk |
//! | `signed_out.rs` | sign-ins and tokens that end while what they have opened goes on |
//! | `snapshots.rs` | snapshots that a desk asks for while the database is slow |
//! | `manners.rs` | who may open a desk, and what it may send |
//! | `strangers.rs` | desks of another organization |
//! | `supervision.rs` | supervisors who hear calls, speak in them, and take them over |
//! | `alarms.rs` | alarms of live calls |
//! | `scorecards.rs` | scorecards that the judge model fills in |

mod alarms;
mod begun;
mod calls;
mod colleagues;
mod departed;
mod identities;
mod killed;
mod manners;
mod presence;
mod scorecards;
pub(crate) mod setup;
mod signed_out;
#[cfg(feature = "fault-injection")]
mod snapshots;
mod stage;
mod strangers;
mod supervision;
mod whispers;
mod wrap_ups;
