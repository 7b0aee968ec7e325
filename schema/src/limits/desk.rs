//! Bounds of desks.

/// How long what has changed of agents and queues waits for more of it, in ms, where desks were told something just now.
pub const DESK_NEWS_MS_MIN: u64 = 200;

/// Messages for a desk that wait to be written: more than a minute's of a busy floor.
pub const DESK_EVENTS_WAITING_MAX: usize = 256;
