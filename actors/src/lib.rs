//! Cordboard's verbs: actors, the pure machines beside them, the media plane.

pub mod assistant;
pub mod asterisk;
pub mod call;
pub mod media;
pub mod messages;
pub mod tools;
