//! System limits of the process: sizes of files, and the number of open files.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::warn;

use super::StartError;
use crate::config::Config;
use crate::open_files::Shares;

/// A write beyond the allowed file size (`ulimit -f`) raises a signal that ends a process that does not handle it. This handles it for the rest of
/// the process's life, so the write fails as on a full disk, which store and recorder survive.
pub(super) fn outlive_full_files() -> Result<(), StartError> {
    let handled = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
    handled.map(drop).map_err(StartError::Signals)
}

/// Raises the limit of open files. Every desk and every call needs an open file. A login shell allows 1,024 for the sake of old programs that can't
/// handle more; the hard limit is a hundred times that.
pub(super) fn open_as_many_files_as_may_be() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        warn!(%error, limit = limit.current, "the limit of open files stays as it is");
    }
}

/// Warns if the files are not enough for the calls that may come.
pub(super) fn log_limits(shares: &Shares, config: &Config) {
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
