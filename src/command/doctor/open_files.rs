//! May the process open as many files as its calls need?

use rustix::process::{Resource, getrlimit};

use super::Check;
use crate::config::Config;

/// Files of one call: its connection, its recording, and one to spare for the database or a page that shows it.
const FILES_PER_CALL: u64 = 3;

/// Files of the process itself: listeners, database, pages, log, the runtime's.
const FILES_OF_PROCESS: u64 = 256;

pub(super) fn examine(config: &Config) -> Check {
    let calls_max = u64::from(config.calls.max.get());
    // No limit is told as none. The server raises what it has to what it may have.
    judge(getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX), calls_max)
}

fn judge(limit: u64, calls_max: u64) -> Check {
    let subject = "open files";
    let needed = FILES_PER_CALL * calls_max + FILES_OF_PROCESS;
    let shown = if limit == u64::MAX { "no limit".to_owned() } else { format!("limit {limit}") };
    let found = format!("{shown}, {needed} needed for {calls_max} calls");
    if limit >= needed {
        return Check::good(subject, found);
    }
    let raise = format!("`ulimit -n {needed}` before the start, or LimitNOFILE={needed} in the systemd unit");
    let fix = match limit.saturating_sub(FILES_OF_PROCESS) / FILES_PER_CALL {
        0 => raise,
        calls => format!("{raise}, or set calls.max to {calls}"),
    };
    Check::bad(subject, found, fix)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn the_fix_names_the_number() {
        assert!(!judge(856, 200).is_bad());
        assert!(!judge(u64::MAX, 10_000).is_bad());
        let Outcome::Bad { found, fix } = judge(855, 200).outcome else { panic!("855 files are too few") };
        assert_eq!(found, "limit 855, 856 needed for 200 calls");
        assert!(fix.contains("ulimit -n 856") && fix.contains("LimitNOFILE=856"), "{fix}");
        assert!(fix.ends_with("set calls.max to 199"), "{fix}");
        let Outcome::Bad { fix, .. } = judge(100, 200).outcome else { panic!("100 files are too few") };
        assert!(!fix.contains("calls.max"), "{fix}");
    }
}
