//! Stand-ins and switches that carry sound run before what else the tests' machine has to do, as they do elsewhere.
//!
//! Only root may do that. Others have sound torn where the machine is busy.

use std::fs;

use rustix::process::{Pid, setpriority_process};

const OF_MEDIA: i32 = -10;

/// Has the calling thread, and those that it starts, run before others.
pub(crate) fn raise() {
    // No process is the calling thread.
    let _ = setpriority_process(None, OF_MEDIA);
}

/// The same of all threads that a process has now.
pub(crate) fn raise_all_of(process: Pid) {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let ids = threads.filter_map(|thread| Pid::from_raw(thread.file_name().to_str()?.parse().ok()?));
    for id in ids {
        let _ = setpriority_process(Some(id), OF_MEDIA);
    }
}
