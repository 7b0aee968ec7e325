//! The media plane.
pub mod port;
pub mod recorder;
