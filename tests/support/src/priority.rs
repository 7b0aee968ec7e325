//! Stand-ins and switches that carry sound run with priority over the other processes of the tests' machine, as they do in production.
//!
//! Only root may set that. Without root the sound is torn where the machine is busy.

use std::fs;

use rustix::process::{Pid, setpriority_process};

const OF_MEDIA: i32 = -10;

/// Raises the priority of the calling thread, and of those that it starts.
pub(crate) fn raise() {
    // `None` is the calling thread.
    let _ = setpriority_process(None, OF_MEDIA);
}

/// The same for all threads that a process has now.
pub(crate) fn raise_all_of(process: Pid) {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let ids = threads.filter_map(|thread| Pid::from_raw(thread.file_name().to_str()?.parse().ok()?));
    for id in ids {
        let _ = setpriority_process(Some(id), OF_MEDIA);
    }
}
