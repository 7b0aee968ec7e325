//! Placeholder until the branch `media` is merged.
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
