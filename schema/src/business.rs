//! The business behind the numbers: what an assistant may know of it, and when it is open.

pub mod hours;
pub mod zone;
