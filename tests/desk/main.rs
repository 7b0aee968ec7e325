//! Desks, as agents have them: `/ws/desk` of the real binary.
//!
//! | file | subject |
//! | --- | --- |
//! | `house.rs` | a server with an owner and their agents |
//! | `stage.rs` | the same with a visitor, and what people hear |
//! | `calls.rs` | calls that are led to agents at their desks |
//! | `begun.rs` | calls that agents begin |
//! | `colleagues.rs` | agents who ask colleagues, and pass callers on |
//! | `whispers.rs` | agents whom the assistant tells who calls, before they talk |
//! | `profiles.rs` | the Redis that customer profiles are in, and desks while it is away |
//! | `wrap_ups.rs` | wrap-ups that are due when the server dies |
//! | `presence.rs` | who is there, and whether they take calls |
//! | `departed.rs` | agents who are removed or disabled while they talk |
//! | `manners.rs` | who may open a desk, and what it may send |
//! | `proxy.rs` | the server behind the proxy that we ship |
//! | `strangers.rs` | desks of another organization |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod begun;
mod calls;
mod colleagues;
mod departed;
mod house;
mod manners;
mod presence;
mod profiles;
mod proxy;
mod stage;
mod strangers;
mod whispers;
mod wrap_ups;
