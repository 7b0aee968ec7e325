//! Desks: the agents who are there, and the calls that are offered to them.
//!
//! | file | subject |
//! | --- | --- |
//! | `desk/router_actor.rs` | how the RouterActor starts, and lives again |
//! | `desk/watch.rs` | its looks at the store |
//! | `desk/router.rs` | the RouterActor: floors' machines, and whom they tell |
//! | `desk/floor.rs` | the machine of an organization's floor: offers, and their ends. Pure |
//! | `desk/happening.rs` | what happens there, and what follows |
//! | `desk/news.rs` | reports on agents and queues to every desk, and their times. Pure |
//! | `desk/offering.rs` | the same machine: callers who are offered to agents. Pure |
//! | `desk/distribution.rs` | which caller is offered to whom. Pure |
//! | `desk/waiting.rs` | callers who wait. Pure |
//! | `desk/work.rs` | the calls that agents have, and what they have to write down. Pure |
//! | `desk/presence.rs` | an agent: what they want, and what they are doing. Pure |

mod distribution;
mod floor;
mod happening;
mod news;
mod offering;
mod presence;
mod router;
mod router_actor;
mod waiting;
mod watch;
mod work;

pub use floor::FloorMachine;
pub use happening::{FloorEffect, FloorInput};
pub use presence::{DueWrapUp, PresenceNow};
pub use router::RouterActor;
pub use waiting::{Offer, OfferEnd, Target, WaitingRequest, Wish};
pub use watch::FloorWatch;
pub use work::Work;
