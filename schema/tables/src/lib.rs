//! The database's tables for diesel, and the conversions between Cordboard's nouns and their rows.
//!
//! They are a crate of their own because diesel's derives are slow to compile and only the server's store needs them.
//! Nothing here has a clock, a runtime, a lock or a socket.
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod rows;
pub mod tables;
