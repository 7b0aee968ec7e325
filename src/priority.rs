//! How the kernel ranks our threads: those that carry sound run before all else, as a switch's do.
//!
//! A frame is due every 20 ms. Where more wants to run than there are cores (sign-ins, reports, a neighbour on the machine), a thread
//! of the common rank waits for its turn behind all of that, and callers hear the gap. Linux gives each thread a rank of its own
//! (`setpriority(2)`); raising it takes root, `CAP_SYS_NICE` or systemd's `LimitNICE=`.

use tokio::task::{JoinHandle, spawn_blocking};

/// Nice value of threads that carry sound: they have some ten times the share of what runs at 0, and run as soon as they are due.
const OF_MEDIA: i32 = -10;

/// Has the calling thread run before others, as far as we may.
pub(crate) fn raise() {
    if cfg!(target_os = "linux") && !set(OF_MEDIA) {
        tracing::debug!(
            "a thread that carries sound runs like all others: root, CAP_SYS_NICE or LimitNICE=-10 would have it run first"
        );
    }
}

/// Runs work that blocks on a thread of the common rank. Tokio starts it from the thread that asks, whose rank it would inherit.
pub(crate) fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn_blocking(|| {
        set(0);
        work()
    })
}

#[cfg(target_os = "linux")]
fn set(nice: i32) -> bool {
    // No process is the calling thread.
    rustix::process::setpriority_process(None, nice).is_ok()
}

/// Elsewhere only whole processes have a rank.
#[cfg(not(target_os = "linux"))]
fn set(_: i32) -> bool {
    false
}
