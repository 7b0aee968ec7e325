//! Placeholder until the branch `media` is merged.
/// A recording.
#[derive(Debug)]
pub struct Track;
