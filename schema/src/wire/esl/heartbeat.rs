//! The switch's sign of life.

use super::event::Event;
use super::event_name::EventName;

/// State of the switch, of `HEARTBEAT`, every 20 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Channels that live.
    pub sessions: u32,
    /// Channels that it takes at most.
    pub sessions_max: u32,
    /// Milliseconds since it was started. Less than before means that it was started anew.
    pub up_ms: u64,
}

impl Heartbeat {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        if event.name() != Some(EventName::Heartbeat) {
            return None;
        }
        Some(Self {
            sessions: event.number("Session-Count")?,
            sessions_max: event.number("Max-Sessions")?,
            up_ms: event.number("Uptime-msec")?,
        })
    }
}
