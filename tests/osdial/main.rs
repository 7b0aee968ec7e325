//! OSdial's and VICIdial's database as we use it: the real binary, a real MariaDB with the tables of either, and stand-ins for the dialler's own
//! processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod agent_api;
mod assigning;
mod enabling;
mod events;
mod faults;
mod given;
mod hostile;
mod late;
mod left_behind;
mod lists;
mod repair;
mod scripts;
mod settling;
mod setup;
mod whole_life;
mod wishes;
