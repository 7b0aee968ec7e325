//! Assignment of processes to processor cores, and the limit of open files.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;

/// Files of one call in the process that has most of them: the server with its connections (two, for FreeSWITCH three) and its recording.
const FILES_PER_CALL: u64 = 4;

/// Files of a process itself.
const FILES_OF_PROCESS: u64 = 256;

/// Cores that are distinguished: those among the machine's first 64 that this process may use.
const CORES_EXAMINED: usize = 64;

/// One core for the load and another for what is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Cores {
    /// The core of the server or relay.
    pub(super) subject: usize,
    /// The core of the callers and the provider.
    pub(super) load: usize,
}

impl Cores {
    /// Returns the first two cores that this process may use; `None` if there is only one, and the system schedules.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn pick() -> io::Result<Option<Self>> {
        let usable = sched_getaffinity(None)?;
        let mut cores = (0..CORES_EXAMINED).filter(|core| usable.is_set(*core));
        Ok(cores.next().zip(cores.next()).map(|(subject, load)| Self { subject, load }))
    }
}

/// Pins this thread, and the threads and processes that it starts from now on, to one core.
///
/// # Errors
/// The system's error.
pub(super) fn stay_on(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}

/// Raises the soft limit of open files for this many calls, here and in the processes that are started from now on.
///
/// # Errors
/// A sentence with the fix, if the hard limit is lower.
pub(super) fn allow_files(calls: u16) -> Result<(), String> {
    let needed = FILES_PER_CALL * u64::from(calls) + FILES_OF_PROCESS;
    let limit = getrlimit(Resource::Nofile);
    // A missing limit is reported as `None`.
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.maximum.is_some_and(|maximum| maximum < needed) || setrlimit(Resource::Nofile, raised).is_err() {
        return Err(format!(
            "{calls} calls need {needed} open files, and the limit is {}; raise it with `ulimit -n {needed}`",
            limit.maximum.unwrap_or(u64::MAX)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_is_on_its_core() {
        let Some(cores) = Cores::pick().unwrap() else { return };
        assert_ne!(cores.subject, cores.load);
        std::thread::spawn(move || {
            stay_on(cores.load).unwrap();
            let set = sched_getaffinity(None).unwrap();
            assert!(set.is_set(cores.load) && set.count() == 1);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_few_calls_fit_any_limit() {
        allow_files(1).unwrap();
    }
}
