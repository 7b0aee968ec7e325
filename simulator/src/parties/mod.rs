//! Those around the server: callers, and programs at its control socket.

pub mod browser;
pub mod caller;
pub mod program;
