//! A process's usage of the machine, as Linux reports it below `/proc`.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{fs, io};

use serde::Serialize;

/// A process that is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its process id, also that of the main thread.
    pub(super) pid: u32,
}

/// Processor time of each thread of a process since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuTime {
    threads: BTreeMap<u32, Share>,
}

/// Processor time of a thread, or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Time on a processor.
    pub(super) ran: Duration,
    /// Time in which it was ready while others ran.
    pub(super) waited: Duration,
}

/// Resources of a process at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// Resident memory in KiB.
    pub rss_kib: u64,
    /// The part of it without a file, in KiB: heap and stacks. The rest is the program's code and mapped files, which the kernel drops and reloads as
    /// the machine has room.
    pub anonymous_kib: u64,
    /// Open files and sockets.
    pub files: u64,
    /// Threads.
    pub threads: u64,
}

/// Memory of a process in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Its resident memory, shared pages included.
    pub(super) rss_kib: u64,
    /// The same with each shared page divided among its users.
    pub(super) pss_kib: u64,
}

impl Watched {
    /// This process.
    pub fn own() -> Self {
        Self { pid: std::process::id() }
    }

    /// Time on a processor so far. The scheduler counts nanoseconds for each thread; `/proc/PID/stat` has the same in steps of 10 ms, which is too
    /// coarse for one call.
    ///
    /// # Errors
    /// Fails if the process is gone, or the system is not Linux.
    pub(super) fn cpu_time(self) -> io::Result<CpuTime> {
        let mut threads = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{}/task", self.pid))? {
            let entry = entry?;
            let Some(thread) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // A thread may end between the two reads.
            if let Some(share) = fs::read_to_string(entry.path().join("schedstat")).ok().and_then(share_of) {
                threads.insert(thread, share);
            }
        }
        Ok(CpuTime { threads })
    }

    /// Memory, files and threads now.
    ///
    /// # Errors
    /// Fails if the process is gone, belongs to another user, or the system is not Linux.
    pub fn holdings(self) -> io::Result<Holdings> {
        let entries =
            |name| Ok::<_, io::Error>(fs::read_dir(format!("/proc/{}/{name}", self.pid))?.count() as u64);
        let [rss_kib, anonymous_kib] = self.rollup(["Rss", "Anonymous"])?;
        Ok(Holdings { rss_kib, anonymous_kib, files: entries("fd")?, threads: entries("task")? })
    }

    /// Memory now.
    ///
    /// # Errors
    /// Fails if the process is gone, belongs to another user, or the system is not Linux.
    pub(super) fn memory(self) -> io::Result<Memory> {
        let [rss_kib, pss_kib] = self.rollup(["Rss", "Pss"])?;
        Ok(Memory { rss_kib, pss_kib })
    }

    /// Lines of `smaps_rollup` by their names, in KiB.
    fn rollup<const LINES: usize>(self, names: [&str; LINES]) -> io::Result<[u64; LINES]> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid))?;
        let mut found = [0; LINES];
        for (kib, name) in found.iter_mut().zip(names) {
            let line = kib_field(&text, name);
            *kib = line.ok_or_else(|| io::Error::other(format!("smaps_rollup has no {name}")))?;
        }
        Ok(found)
    }
}

impl CpuTime {
    /// Processor time of all threads since an earlier reading. Work of a thread that ended in between is not included.
    pub(super) fn since(&self, earlier: &Self) -> Share {
        let mut sum = Share::default();
        for (thread, now) in &self.threads {
            let before = earlier.threads.get(thread).copied().unwrap_or_default();
            sum.ran += now.ran.saturating_sub(before.ran);
            sum.waited += now.waited.saturating_sub(before.waited);
        }
        sum
    }
}

/// Parses the first two numbers of `schedstat`: nanoseconds on a processor, and waiting for one.
fn share_of(schedstat: String) -> Option<Share> {
    let mut numbers = schedstat.split_whitespace().map(|number| number.parse().map(Duration::from_nanos));
    Some(Share { ran: numbers.next()?.ok()?, waited: numbers.next()?.ok()? })
}

/// Parses a line such as `Rss:      1740 kB`.
fn kib_field(text: &str, name: &str) -> Option<u64> {
    let values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    values.flat_map(|value| value.split_whitespace().next()?.parse().ok()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLUP: &str = "\
55dded762000-7ffc18892000 ---p 00000000 00:00 0                          [rollup]
Rss:                1740 kB
Pss:                 423 kB
Pss_Dirty:           112 kB
Anonymous:           104 kB
AnonHugePages:         0 kB
";

    #[test]
    fn memory_is_read_by_the_whole_name() {
        assert_eq!(kib_field(ROLLUP, "Rss"), Some(1_740));
        assert_eq!(kib_field(ROLLUP, "Pss"), Some(423));
        assert_eq!(kib_field(ROLLUP, "Anonymous"), Some(104));
        assert_eq!(kib_field(ROLLUP, "Swap"), None);
    }

    #[test]
    fn the_scheduler_counts_nanoseconds() {
        let share = share_of("46872927 6621575 164\n".to_owned());
        let (ran, waited) = (Duration::from_nanos(46_872_927), Duration::from_nanos(6_621_575));
        assert_eq!(share, Some(Share { ran, waited }));
        assert_eq!(share_of("46872927\n".to_owned()), None);
    }

    #[test]
    fn new_threads_count_and_threads_that_went_subtract_nothing() {
        let share = |ms| Share { ran: Duration::from_millis(ms), waited: Duration::from_millis(ms / 10) };
        let times = |threads: &[(u32, u64)]| CpuTime {
            threads: threads.iter().map(|(id, ms)| (*id, share(*ms))).collect(),
        };
        let (earlier, later) = (times(&[(1, 100), (2, 500)]), times(&[(1, 130), (3, 20)]));
        assert_eq!(later.since(&earlier), share(50));
    }

    #[test]
    fn this_process_can_be_examined() {
        let own = Watched::own();
        let before = own.cpu_time().unwrap();
        let until = std::time::Instant::now() + Duration::from_millis(20);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        let spent = own.cpu_time().unwrap().since(&before).ran;
        assert!(spent >= Duration::from_millis(1), "{spent:?}");
        assert!(own.memory().unwrap().rss_kib > 1_000);
        let before = own.holdings().unwrap();
        assert!(
            (1..before.rss_kib).contains(&before.anonymous_kib),
            "a program's code is in a file: {before:?}"
        );
        let heap = vec![1_u8; 32 << 20];
        let grown = own.holdings().unwrap().anonymous_kib - before.anonymous_kib;
        assert!(grown >= 24 << 10, "{grown} KiB of {}", std::hint::black_box(&heap).len());
    }
}
