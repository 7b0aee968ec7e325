//! Recordings at Twilio.

use super::{RestForm, RestRequest};
use crate::wire::twilio::CallSid;

/// Starts a recording of a live call, with each side in a channel of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartRecording {
    /// URL that gets its status changes.
    pub status_callback: Option<String>,
}

impl StartRecording {
    /// Returns the request.
    pub fn request(&self, call: &CallSid) -> RestRequest {
        let mut form = RestForm::default().with("RecordingChannels", "dual");
        if let Some(url) = &self.status_callback {
            let events = ["in-progress", "completed", "absent"];
            form = form.with("RecordingStatusCallback", url).list("RecordingStatusCallbackEvent", &events);
        }
        RestRequest::create(format!("/Calls/{call}/Recordings.json"), form)
    }
}

/// A change of the running recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingChange {
    /// Pauses it: silence of the same length replaces the sound.
    Pause,
    /// Resumes it.
    Resume,
    /// Stops it.
    Stop,
}

impl RecordingChange {
    /// Returns the request.
    pub fn request(self, call: &CallSid) -> RestRequest {
        let form = RestForm::default();
        let form = match self {
            Self::Pause => form.with("Status", "paused").with("PauseBehavior", "silence"),
            Self::Resume => form.with("Status", "in-progress"),
            Self::Stop => form.with("Status", "stopped"),
        };
        RestRequest::change(format!("/Calls/{call}/Recordings/Twilio.CURRENT.json"), form)
    }
}
