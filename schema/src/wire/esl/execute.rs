//! An application that ended.

use super::event::Event;
use super::event_name::EventName;

/// The end of an application, of `CHANNEL_EXECUTE_COMPLETE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecuteComplete {
    /// Which. `socket` means that the dialplan left the `socket` application: the call was transferred, bridged or ended.
    pub application: String,
    /// With what.
    pub argument: Option<String>,
    /// The id that it was run with, or one of the switch's. Two ends have the same one where it ran twice.
    pub application_id: Option<String>,
    /// Its answer, or the answer of the one before it if it gives none
    /// itself; [`PlaybackResult::of`] reads that of a `playback`.
    pub response: Option<String>,
}

impl ExecuteComplete {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        if event.name() != Some(EventName::ChannelExecuteComplete) {
            return None;
        }
        let text = |name| event.text_of(name).map(str::to_owned);
        Some(Self {
            application: text("Application")?,
            argument: text("Application-Data"),
            application_id: text("Application-UUID"),
            response: text("Application-Response").filter(|response| response != "_none_"),
        })
    }
}

/// Result of a `playback`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackResult {
    /// It was played, or stopped by us; [`PlaybackStopped`](super::PlaybackStopped) says which and how much.
    Played,
    /// There is no such file; then no [`PlaybackStopped`](super::PlaybackStopped) came.
    NotFound,
    /// The call went away meanwhile: ended, transferred or bridged.
    CallLeft,
}

impl PlaybackResult {
    /// Reads the response; `None` for other applications.
    pub fn of(complete: &ExecuteComplete) -> Option<Self> {
        if complete.application != "playback" {
            return None;
        }
        match complete.response.as_deref()? {
            "FILE PLAYED" => Some(Self::Played),
            "FILE NOT FOUND" => Some(Self::NotFound),
            "PLAYBACK ERROR" => Some(Self::CallLeft),
            _ => None,
        }
    }
}
