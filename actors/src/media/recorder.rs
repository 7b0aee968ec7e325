//! Placeholder until the branch `media` is merged.
use cordboard_schema::audio::Frame;

/// A recording.
#[derive(Debug)]
pub struct Track;

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
