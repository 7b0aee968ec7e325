//! The event socket: what both ends share, and each end.

pub(super) mod command;
mod connection;
pub(super) mod event;
pub(super) mod inbound;
pub(super) mod listener;
mod obey;
pub(super) mod outbound;
mod reply;
mod sendmsg;
mod subscription;
