//! Cordboard's verbs.

pub mod assistant;
