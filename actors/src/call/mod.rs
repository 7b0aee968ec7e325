//! A call: its pure machine, the cords that the machine wants, and the thin actor that carries effects out.

pub mod actor;
mod carry_out;
pub mod cords;
pub mod effect;
mod log;
pub mod machine;
pub mod neighbours;
