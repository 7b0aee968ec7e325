//! How the kernel ranks our threads: those that carry sound run before all else, as a switch's do.
//!
//! A frame is due every 20 ms. Where more wants to run than there are cores (sign-ins, reports, a neighbour on the machine), a thread
//! of the common rank waits for its turn behind all of that, and callers hear the gap. Linux gives each thread a rank of its own
//! (`setpriority(2)`); raising it takes root, `CAP_SYS_NICE` or systemd's `LimitNICE=`.

use std::sync::OnceLock;

use cordboard_actors::threads::Threads;
use rustix::process::{getpriority_process, setpriority_process};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much less nice threads that carry sound are: they have some ten times the share of the others, and run as soon as they are
/// due.
const MEDIA_BEFORE_OTHERS: i32 = 10;

/// How much nicer threads are that do what nobody waits for.
const OTHERS_BEFORE_WORK: i32 = 10;

/// The nice value that whoever started us gave us. None where no thread was raised.
static COMMON: OnceLock<i32> = OnceLock::new();

/// Whether the system let the first thread that carries sound run before the others. None where there was no such thread.
static FIRST: OnceLock<bool> = OnceLock::new();

/// Has the calling thread run before the others, as far as we may. It has the common rank so far.
pub(crate) fn raise() {
    // Elsewhere only whole processes have a rank.
    if !cfg!(target_os = "linux") {
        return;
    }
    // No process is the calling thread.
    let Ok(own) = getpriority_process(None) else { return };
    let common = *COMMON.get_or_init(|| own);
    let is_raised = setpriority_process(None, common - MEDIA_BEFORE_OTHERS).is_ok();
    // The limit is the process's, so the first thread speaks for all.
    if FIRST.set(is_raised).is_ok() {
        match is_raised {
            true => tracing::info!("threads that carry sound run before all others"),
            false => tracing::info!(
                "threads that carry sound run like all others: LimitNICE=-10 in the unit, CAP_SYS_NICE or root would have them run first"
            ),
        }
    }
}

/// Whether threads that carry sound run before the others, once this process has any.
pub(crate) fn sound_runs_first() -> Option<bool> {
    FIRST.get().copied()
}

/// Whether this process may have threads run before others: tried on the calling thread, which has its rank back at the end.
pub(crate) fn may_raise() -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let Ok(own) = getpriority_process(None) else { return false };
    let may = setpriority_process(None, own - MEDIA_BEFORE_OTHERS).is_ok();
    if may {
        // To be nicer again is open to everybody.
        let _ = setpriority_process(None, own);
    }
    may
}

/// Runs work that blocks on a thread of the common rank. Tokio starts it from the thread that asks, whose rank it would inherit. Where
/// a server runs in line, so does the work: always in the order in which it was asked for.
pub(crate) fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    // In a box: else tokio's tasks would be compiled twice for each of some 250 queries, and not for each type of answer.
    blocking_boxed(Box::new(work))
}

fn blocking_boxed<T: Send + 'static>(work: Box<dyn FnOnce() -> T + Send>) -> JoinHandle<T> {
    if Threads::here() == Threads::InLine {
        return tokio::spawn(async { work() });
    }
    spawn_blocking(|| {
        if let Some(common) = COMMON.get() {
            // A process that may raise a thread may lower it; one that may not has none that is raised.
            let _ = setpriority_process(None, *common);
        }
        work()
    })
}

/// Has the calling thread, which does work that nobody waits for, run after all others.
pub(crate) fn lower() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let Ok(own) = getpriority_process(None) else { return };
    // It fails for nobody.
    let _ = setpriority_process(None, own + OTHERS_BEFORE_WORK);
}
