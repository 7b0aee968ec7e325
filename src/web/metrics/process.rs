//! The process's use of the machine, with the names that all programs use for these figures.

use std::fs;

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use rustix::time::{ClockId, clock_gettime};

/// Adds the process's figures, except those that the system does not provide.
pub(super) fn register(registry: &mut Registry) {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = used.tv_sec as f64 + used.tv_nsec as f64 / 1e9;
    registry.register_with_unit("cpu", "Processor time used", Unit::Seconds, ConstCounter::new(seconds));
    if let Some(bytes) = resident_bytes() {
        registry.register_with_unit(
            "resident_memory",
            "Memory that is in the machine's",
            Unit::Bytes,
            ConstGauge::new(bytes),
        );
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        registry.register(
            "open_fds",
            "Files and sockets that are open",
            ConstGauge::new(files.count() as i64),
        );
    }
}

/// `VmRSS` of `/proc/self/status`, in KiB.
fn resident_bytes() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
