//! Cordboard's verbs: actors, the pure machines beside them, the media plane.

pub mod asterisk;
pub mod assistant;
pub mod call;
pub mod media;
pub mod messages;
pub mod tools;
//! Cordboard's verbs.

pub mod media;
