//! The switch's keep-alive.

use super::event::Event;
use super::event_name::EventName;

/// State of the switch (`HEARTBEAT`, every 20 s).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Number of live channels.
    pub sessions: u32,
    /// Maximum number of channels.
    pub sessions_max: u32,
    /// Milliseconds since its start. A lower value than before means that it was restarted.
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
