//! Desks: the agents who are present, and the calls that are offered to them.
//!
//! | file | subject |
//! | --- | --- |
//! | `desk/router_actor.rs` | how the RouterActor starts, and restarts |
//! | `desk/watch.rs` | its reads from the store |
//! | `desk/router.rs` | the RouterActor: floors' machines, and whom they notify |
//! | `desk/floor.rs` | the machine of an organization's floor: offers, and their ends. Pure |
//! | `desk/happening.rs` | inputs and effects of that machine |
//! | `desk/news.rs` | which changes of agents and queues are sent to every desk, and when. Pure |
//! | `desk/offering.rs` | the same machine: callers who are offered to agents. Pure |
//! | `desk/distribution.rs` | which caller is offered to whom. Pure |
//! | `desk/waiting.rs` | waiting callers. Pure |
//! | `desk/work.rs` | the calls that agents have, and the wrap-ups that they have to write. Pure |
//! | `desk/presence.rs` | an agent: their intent and their activity. Pure |

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
pub use waiting::{Offer, OfferEnd, RequestId, Target, WaitingRequest};
pub use watch::FloorWatch;
pub use work::Work;
