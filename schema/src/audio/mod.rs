//! Audio arithmetic: frames, G.711, resampling, levels. No clock, no I/O.

pub mod frame;
pub mod g711;
pub mod level;
pub mod resample;
pub mod wire;

pub use frame::{Frame, Law, SampleRate};
pub use resample::Resampler;
pub use wire::{BadAudio, WireFormat};
