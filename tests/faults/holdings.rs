//! A process's resources, as the kernel counts them.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The kernel's clock ticks in a second, in which `/proc` counts CPU time.
const TICKS_PER_S: u64 = 100;
/// How long an idle server is watched.
const WATCHED: Duration = Duration::from_millis(500);
/// CPU time that it may take meanwhile: a fiftieth of a core.
const IDLE_TICKS: u64 = WATCHED.as_millis() as u64 * TICKS_PER_S / 1000 / 50;

/// A process's resources. Files of the database are left out: the pool of readers keeps up to eight connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    process_id: u32,
    pub(crate) sockets: usize,
    pub(crate) files: usize,
    pub(crate) threads: usize,
    /// Memory in use, in MB.
    pub(crate) memory_mb: u64,
}

impl Held {
    pub(crate) fn of(process_id: u32) -> Self {
        let of_process = PathBuf::from(format!("/proc/{process_id}"));
        let targets: Vec<PathBuf> = fs::read_dir(of_process.join("fd"))
            .unwrap()
            // A descriptor can close between the listing and this read.
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .collect();
        let is_socket = |target: &&PathBuf| target.to_string_lossy().starts_with("socket:");
        let is_other = |target: &&PathBuf| !is_socket(target) && !is_of_database(target);
        Self {
            process_id,
            sockets: targets.iter().filter(is_socket).count(),
            files: targets.iter().filter(is_other).count(),
            threads: fs::read_dir(of_process.join("task")).unwrap().filter(is_of_the_server).count(),
            memory_mb: memory_kb(&of_process) / 1_024,
        }
    }

    /// Whether the process does next to nothing for half a second.
    pub(crate) fn is_idle(self) -> bool {
        let before = self.cpu_ticks();
        std::thread::sleep(WATCHED);
        self.cpu_ticks() - before <= IDLE_TICKS
    }

    /// Returns the CPU time so far, of all threads, in user and system mode.
    fn cpu_ticks(self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process_id)).unwrap();
        // After the name, which may contain anything, the state is the first field and the times are the 12th and 13th.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }
}

fn is_of_database(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cordboard.db"))
}

fn memory_kb(of_process: &Path) -> u64 {
    let status = fs::read_to_string(of_process.join("status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Whether the thread is one that the server keeps. Threads of the runtime's pool come and go with the current work: their number depends on the
/// moment, and says nothing about leaks.
fn is_of_the_server(task: &io::Result<DirEntry>) -> bool {
    const POOL: &str = "tokio-rt-worker";
    let name = task.as_ref().ok().and_then(|task| fs::read_to_string(task.path().join("comm")).ok());
    // A thread that has ended since it was listed does not count.
    name.is_some_and(|name| name.trim_end() != POOL)
}
