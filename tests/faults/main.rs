//! Bad input and faults against the real binary: strangers on its ports, a locked database, a full disk, SIGKILL, broken connections, SIGTERM. Each
//! test checks what a caller or an operator would notice, and then whether anything is left behind. `CORDBOARD_TEST_FULL=1` makes the crowds ten
//! times as large.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod campaign_killed;
mod crash_loop;
mod disk;
mod few_files;
mod holdings;
mod hostile;
mod http;
mod killed;
mod leased_ports;
mod listening;
mod locked;
mod peer;
mod restart_killed;
mod shutdown;
mod stage;
mod strangers;
mod switch_ports;
