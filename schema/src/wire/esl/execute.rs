//! The end of an application.

use super::event::Event;
use super::event_name::EventName;

/// The end of an application (`CHANNEL_EXECUTE_COMPLETE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecuteComplete {
    /// The application. `socket` means that the dialplan left the `socket` application: the call was transferred, bridged or
    /// ended.
    pub application: String,
    /// Its argument.
    pub argument: Option<String>,
    /// The id with which it was run, or one from the switch. If it ran twice, both ends have the same id.
    pub application_id: Option<String>,
    /// Its answer, or that of the previous application if it gives none; [`PlaybackResult::of`] reads that of a `playback`.
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
    /// The file was played, or we stopped it; [`PlaybackStopped`](super::PlaybackStopped) says which, and how much was played.
    Played,
    /// There is no such file; no [`PlaybackStopped`](super::PlaybackStopped) comes in that case.
    NotFound,
    /// The call left meanwhile: it ended, or was transferred or bridged.
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
