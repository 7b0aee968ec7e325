//! The end of a file's playback.

use super::event::Event;
use super::event_name::EventName;

/// The end of a file's playback (`PLAYBACK_STOP`). The event doesn't say which `playback` it was, so it is identified by the
/// file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaybackStopped {
    /// The file, as it was given.
    pub file: String,
    /// The reason.
    pub reason: StopReason,
    /// Milliseconds of it that were read. That may be up to 2 s ahead of the audible position, so it doesn't measure it.
    pub read_ms: Option<u64>,
}

/// Why a file stopped playing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It has reached its end, or the call left.
    Done,
    /// It was stopped, by us or by a key.
    Break,
}

impl PlaybackStopped {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        if event.name() != Some(EventName::PlaybackStop) {
            return None;
        }
        Some(Self {
            file: event.text_of("Playback-File-Path")?.to_owned(),
            reason: match event.get("Playback-Status") {
                Some("break") => StopReason::Break,
                _ => StopReason::Done,
            },
            read_ms: event.number("variable_playback_ms"),
        })
    }
}
