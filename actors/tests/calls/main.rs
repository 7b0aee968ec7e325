//! Calls as actors: a `RegistryActor` with its `CallActor`s on paused time, among neighbours that take notes.
//!
//! | file | subject |
//! | --- | --- |
//! | `setup.rs` | the registry and its neighbours |
//! | `store.rs`, `starts.rs` | the stand-ins: store, legs, assistants |
//! | `admission.rs` | how many calls there may be |
//! | `grants.rs` | what calls of an organization reach of the house's switches |
//! | `names.rs` | finding a call by what the outside calls it |
//! | `journal.rs` | the journal: without holes, and ahead of what it tells of |
//! | `next.rs` | the answer to the dialplan, which waits for the disk |
//! | `ends.rs` | nothing outlives its call; draining and stopping |
//! | `failures.rs` | an assistant that fails, and the next one |
//! | `floods.rs` | more is told to a call than it can take in |
//! | `first_ring.rs` | a step that panics is rolled back (feature `fault-injection`) |
//! | `second_ring.rs` | a call whose actor dies lives again (feature `fault-injection`) |
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
