//! The parties around the server: callers, agents at their desks, supervisors, programs at its control socket and its HTTP API, followers of calls,
//! and receivers of webhooks.

pub mod browser;
pub mod caller;
pub mod desk;
pub mod follower;
pub(crate) mod network;
pub mod orders;
pub mod page;
pub mod program;
pub mod records;
pub(crate) mod services;
pub mod supervisor;
pub mod switchboard;
pub mod twilio;
pub(crate) mod webhooks;
pub mod webrtc;
