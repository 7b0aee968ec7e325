//! Cordboard's verbs.

pub mod media;
