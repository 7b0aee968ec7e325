//! Cordboard.
fn main() {}
