//! Desks, as agents have them: `/ws/desk` of the real binary.
//!
//! | file | subject |
//! | --- | --- |
//! | `house.rs` | a server with an owner and their agents |
//! | `calls.rs` | calls that are led to agents at their desks |
//! | `presence.rs` | who is there, and whether they take calls |
//! | `manners.rs` | who may open a desk, and what it may send |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod calls;
mod house;
mod manners;
mod presence;
