//! The store against real files: what is folded, what faults do to it, what a killed process leaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where something is not as it says")]

mod actor;
mod death;
mod dialling;
mod entries;
mod faults;
mod folding;
mod keys;
mod resume;
mod room;
mod versions;
