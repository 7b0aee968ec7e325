//! Audio arithmetic: frames, G.711, resampling, levels. No clock, no I/O.

pub mod frame;

pub use frame::{Frame, Law, SampleRate};
