//! Checks whether the process may open as many files as its calls need, whatever clients do on its ports.

use super::Check;
use crate::config::Config;
use crate::open_files::Shares;

pub(super) fn examine(config: &Config) -> Check {
    judge(&Shares::now(config), u64::from(config.calls.max.get()))
}

fn judge(shares: &Shares, calls_max: u64) -> Check {
    let subject = "open files";
    let Shares { limit, needed, calls, http, .. } = *shares;
    let shown = if limit == u64::MAX { "no limit".to_owned() } else { format!("limit {limit}") };
    if calls >= calls_max {
        let found = format!("{shown}: enough for calls.max ({calls_max} calls) and {http} HTTP connections");
        return Check::good(subject, found);
    }
    let found = format!("{shown}: enough for {calls} calls, calls.max is {calls_max}, which take {needed}");
    let raise = format!("`ulimit -n {needed}` before the start, or LimitNOFILE={needed} in the systemd unit");
    let fix = match calls {
        0 => raise,
        calls => format!("{raise}, or set calls.max to {calls}"),
    };
    Check::bad(subject, found, fix)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;
    use crate::open_files::Needs;

    fn judged(limit: u64) -> Check {
        let needs = Needs::of(&Config::default());
        judge(&Shares::under(limit, needs), u64::from(Config::default().calls.max.get()))
    }

    #[test]
    fn the_limit_is_reported_in_calls_with_an_exact_fix() {
        let calls_max = u64::from(Config::default().calls.max.get());
        let needed = Shares::under(0, Needs::of(&Config::default())).needed;
        assert!(!judged(needed).is_bad() && !judged(u64::MAX).is_bad());
        let Outcome::Bad { found, fix } = judged(needed - 1).outcome else { panic!("one file is missing") };
        let calls = calls_max - 1;
        assert_eq!(
            found,
            format!(
                "limit {}: enough for {calls} calls, calls.max is {calls_max}, which take {needed}",
                needed - 1
            )
        );
        assert!(
            fix.contains(&format!("ulimit -n {needed}")) && fix.contains(&format!("LimitNOFILE={needed}"))
        );
        assert!(fix.ends_with(&format!("set calls.max to {calls}")), "{fix}");
        let Outcome::Bad { fix, .. } = judged(100).outcome else { panic!("100 files are too few") };
        assert!(!fix.contains("calls.max"), "{fix}");
    }
}
