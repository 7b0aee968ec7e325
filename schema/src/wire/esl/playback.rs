//! A file that no longer plays.

use super::event::Event;
use super::event_name::EventName;

/// The end of a file, of `PLAYBACK_STOP`. The event does not say which `playback` it was, so that it goes by the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaybackStopped {
    /// The file, as it was given.
    pub file: String,
    /// The reason.
    pub reason: StopReason,
    /// Milliseconds of it that were read, up to 2 s ahead of the heard position: no measure of that.
    pub read_ms: Option<u64>,
}

/// Why a file no longer plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It is at its end, or the call left.
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
