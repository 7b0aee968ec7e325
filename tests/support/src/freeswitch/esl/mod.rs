//! The event socket: what is the same at both its ends, and each end.

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
