//! Calls as actors: a `RegistryActor` with its `CallActor`s in paused time, among neighbours that take notes.
//!
//! | file | subject |
//! | --- | --- |
//! | `setup.rs` | the registry and its neighbours |
//! | `store.rs`, `starts.rs` | the stand-ins: store, legs, assistants |
//! | `admission.rs` | how many calls there may be |
//! | `grants.rs` | which of the server's switches an organization's calls reach |
//! | `names.rs` | finding a call by its names outside |
//! | `journal.rs` | the journal: without gaps, and written before the effects |
//! | `next.rs` | the answer to the dialplan, which waits for the disk |
//! | `ends.rs` | nothing outlives its call; draining and stopping |
//! | `failures.rs` | an assistant that fails, and its successor |
//! | `floods.rs` | more messages to a call than it can handle |
//! | `first_ring.rs` | a step that panics is rolled back (feature `fault-injection`) |
//! | `second_ring.rs` | a call whose actor dies gets another one (feature `fault-injection`) |
//! | `third_ring.rs` | what was in flight at a death, and children that died meanwhile (feature `fault-injection`) |
//! | `registry_dies.rs` | the registry comes back with every call (feature `fault-injection`) |
//! | `vitals.rs` | what an administrator sees of the actors |

#[cfg(test)]
mod admission;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod failures;
#[cfg(test)]
#[cfg(feature = "fault-injection")]
mod first_ring;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod names;
#[cfg(test)]
mod next;
#[cfg(test)]
mod placing;
#[cfg(test)]
#[cfg(feature = "fault-injection")]
mod registry_dies;
#[cfg(test)]
#[cfg(feature = "fault-injection")]
mod second_ring;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod starts;
#[cfg(test)]
mod store;
#[cfg(test)]
#[cfg(feature = "fault-injection")]
mod third_ring;
#[cfg(test)]
mod vitals;
