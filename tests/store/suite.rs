//! What is tested on both databases. A test takes its database from `Room::new()`, which knows by the name of the module
//! that it stands in which one is meant.

mod actor;
mod death;
mod dialling;
mod faults;
mod folding;
mod keys;
mod resume;
pub(crate) mod room;
mod searching;
mod texts;
mod tool_writes;
mod versions;
