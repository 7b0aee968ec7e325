//! Placeholder until the branch `media` is merged.
use cordboard_schema::audio::Frame;

/// A recording.
#[derive(Debug)]
pub struct Track;
/// Handle.
#[derive(Clone, Debug)]
pub struct RecorderHandle;
/// Event.
#[derive(Debug)]
pub enum RecordingEvent {
    /// s
    Started,
}
impl RecorderHandle {
    /// Opens.
    pub fn open(
        &self,
        _path: std::path::PathBuf,
        _rate: cordboard_schema::audio::SampleRate,
        _on: impl Fn(RecordingEvent) + Send + 'static,
    ) -> Track {
        Track
    }
}

/// Its left side.
#[derive(Debug)]
pub struct TrackInlet;

impl Track {
    /// The left side.
    pub fn inlet(&self) -> TrackInlet {
        TrackInlet
    }

    /// One tick.
    pub fn tick(&mut self, _right: Option<&Frame>) {}

    /// A gap.
    pub fn gap(&mut self, _ms: u64) {}

    /// The end.
    pub fn finish(self) {}
}

impl TrackInlet {
    /// A burst.
    pub fn heard(&self, _samples: &[i16]) {}
}
