//! Placeholder until the branch `media` is merged.
/// Mouth and ear.
#[derive(Clone, Debug)]
pub struct Port;
