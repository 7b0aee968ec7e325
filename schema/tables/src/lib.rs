//! The database's tables as diesel sees them, and the conversions between Cordboard's domain types and their rows.
//!
//! They are a crate of their own, because diesel's derived code is slow to compile and only the server's store needs it. Nothing
//! here has a clock, a runtime, a lock or a socket.
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod rows;
pub mod tables;
