//! Desks and visitors of the real binary, with counterparts that can't run in virtual time: a Redis, a proxy, and an independent WebRTC.
//! Everything else is in `tests/virtual/desk` and `tests/virtual/legs`.
//!
//! | file | subject |
//! | --- | --- |
//! | `setup.rs` | a server with an owner and their agents |
//! | `stage.rs` | the same with a visitor, and what people hear |
//! | `aiortc.rs` | a visitor whose WebRTC is aiortc's |
//! | `profiles.rs` | the Redis that customer profiles are in, and desks while it is away |
//! | `proxy.rs` | the server with the proxies that we ship |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod aiortc;
mod profiles;
mod proxy;
mod setup;
mod stage;
