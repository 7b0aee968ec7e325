//! Limits of the system for the process: sizes of files, and how many are open.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::warn;

use super::StartError;
use crate::config::Config;
use crate::open_files::Shares;

/// A write beyond the size that files of the process may have (`ulimit -f`) raises a signal that ends a process which
/// does not handle it. Handled, for the rest of the process's life, the write fails as on a full disk, which store and
/// recorder outlive.
pub(super) fn outlive_full_files() -> Result<(), StartError> {
    let handled = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
    handled.map(drop).map_err(StartError::Signals)
}

/// Every desk and every call has a file open, and a login shell lets a process have 1,024 of them, out of caution for programs
/// of old that can't count further; what it may have at most is a hundred times that.
pub(super) fn open_as_many_files_as_may_be() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        warn!(%error, limit = limit.current, "the limit of open files stays as it is");
    }
}

/// Says so where the files are not enough for the calls that may come.
pub(super) fn tell_of(shares: &Shares, config: &Config) {
    let calls_max = u64::from(config.calls.max.get());
    let Shares { limit, needed, calls, .. } = *shares;
    if calls < calls_max {
        warn!(
            limit,
            calls,
            calls_max,
            needed,
            "the limit of open files is enough for fewer calls than calls.max: raise it (ulimit -n, LimitNOFILE=)"
        );
    }
}
