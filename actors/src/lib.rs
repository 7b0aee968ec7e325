//! Cordboard's verbs: actors, the pure machines beside them, the media plane.

pub mod asterisk;
pub mod media;
pub mod messages;
