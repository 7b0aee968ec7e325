//! Those around the server: callers, agents at their desks, and programs at its control socket.

pub mod browser;
pub mod caller;
pub mod desk;
pub mod program;
