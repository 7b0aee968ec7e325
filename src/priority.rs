//! Priorities of our threads: those that carry sound run before all others, as in a switch.
//!
//! A frame is due every 20 ms. If more threads want to run than there are cores (sign-ins, reports, another program on the machine), a thread of
//! normal priority waits for its turn, and callers hear the gap. Linux gives each thread its own priority (`setpriority(2)`). Raising it takes root,
//! `CAP_SYS_NICE` or systemd's `LimitNICE=`.

use std::sync::OnceLock;

use cordboard_actors::threads::Threads;
use rustix::process::{getpriority_process, setpriority_process};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much the nice value of threads that carry sound is lowered. They get some ten times the share of the others, and run as soon as they are due.
const MEDIA_BEFORE_OTHERS: i32 = 10;

/// How much the nice value of threads is raised whose work nobody waits for.
const OTHERS_BEFORE_WORK: i32 = 10;

/// The nice value with which this process was started. None if no thread was raised.
static COMMON: OnceLock<i32> = OnceLock::new();

/// Whether the system let the first thread that carries sound run before the others. None if there was no such thread.
static FIRST: OnceLock<bool> = OnceLock::new();

/// Raises the calling thread, which has normal priority so far, if this is allowed.
pub(crate) fn raise() {
    // On other systems only whole processes have a priority.
    if !cfg!(target_os = "linux") {
        return;
    }
    // `None` means the calling thread, not a process.
    let Ok(own) = getpriority_process(None) else { return };
    let common = *COMMON.get_or_init(|| own);
    let is_raised = setpriority_process(None, common - MEDIA_BEFORE_OTHERS).is_ok();
    // The limit applies to the process, so the first thread decides for all.
    if FIRST.set(is_raised).is_ok() {
        match is_raised {
            true => tracing::info!("threads that carry sound run before all others"),
            false => tracing::info!(
                "threads that carry sound run like all others: LimitNICE=-10 in the unit, CAP_SYS_NICE or root would let them run first"
            ),
        }
    }
}

/// Returns whether threads that carry sound run before the others, if this process has any.
pub(crate) fn sound_runs_first() -> Option<bool> {
    FIRST.get().copied()
}

/// Returns whether this process may raise threads. It tries this on the calling thread, and restores its priority.
pub(crate) fn may_raise() -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let Ok(own) = getpriority_process(None) else { return false };
    let may = setpriority_process(None, own - MEDIA_BEFORE_OTHERS).is_ok();
    if may {
        // Raising the nice value is always allowed.
        let _ = setpriority_process(None, own);
    }
    may
}

/// Runs blocking work on a thread of normal priority. Tokio starts it from the calling thread, whose priority it would inherit. On a server that runs
/// inline, the work does so as well, always in the order of the requests.
pub(crate) fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    // Boxed, because tokio's tasks would otherwise be compiled twice for each of some 250 queries, instead of once for each type of answer.
    blocking_boxed(Box::new(work))
}

fn blocking_boxed<T: Send + 'static>(work: Box<dyn FnOnce() -> T + Send>) -> JoinHandle<T> {
    if Threads::here() == Threads::InLine {
        return tokio::spawn(async { work() });
    }
    spawn_blocking(|| {
        if let Some(common) = COMMON.get() {
            // A process that may raise a thread may lower it. In one that may not, no thread is raised.
            let _ = setpriority_process(None, *common);
        }
        work()
    })
}

/// Lets the calling thread, whose work nobody waits for, run after all others.
pub(crate) fn lower() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let Ok(own) = getpriority_process(None) else { return };
    // This never fails.
    let _ = setpriority_process(None, own + OTHERS_BEFORE_WORK);
}
