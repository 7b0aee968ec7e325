//! Bounds of desks.

/// Milliseconds for which changes of agents and queues are collected if desks got a message just before.
pub const DESK_NEWS_MS_MIN: u64 = 200;

/// Messages for a desk that wait to be written: more than a minute of a busy floor.
pub const DESK_EVENTS_WAITING_MAX: usize = 256;
