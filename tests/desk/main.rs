//! Desks of the real binary, with counterparts that no virtual time has: a Redis and a proxy. Everything else is in
//! `tests/virtual/desk`.
//!
//! | file | subject |
//! | --- | --- |
//! | `setup.rs` | a server with an owner and their agents |
//! | `stage.rs` | the same with a visitor, and what people hear |
//! | `profiles.rs` | the Redis that customer profiles are in, and desks while it is away |
//! | `proxy.rs` | the server behind the proxy that we ship |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod profiles;
mod proxy;
mod setup;
mod stage;
