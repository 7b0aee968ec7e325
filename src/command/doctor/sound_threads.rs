//! Reports whether the audio threads run before all others. On a machine of their own they need not, so neither answer is a failure.

use super::Check;
use crate::priority;

const SUBJECT: &str = "threads of sound";
/// Prefix of the running server's figure for this.
const FIGURE: &str = "cordboard_sound_runs_first ";

/// Uses the figures of the running server. Without them, judges whether this command could raise the priority. Its limits may differ from the
/// service's.
pub(super) fn examine(figures: Option<&str>) -> Check {
    let flag = figures.and_then(|figures| figures.lines().find_map(|line| line.strip_prefix(FIGURE)));
    match flag {
        Some(number) => judge("the running server's", number.trim() == "1"),
        None => judge("those of a server with this command's limits", priority::may_raise()),
    }
}

fn judge(owner: &str, run_first: bool) -> Check {
    let found = match run_first {
        true => format!("{owner} run before all others"),
        false => format!(
            "{owner} run like all others; on a machine that does other work too, set LimitNICE=-10 in the unit so that they run first"
        ),
    };
    Check::good(SUBJECT, found)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn the_running_server_knows_its_own_limits() {
        let said = |figure: &str| {
            let figures = format!("# TYPE cordboard_sound_runs_first gauge\n{figure}\n# EOF\n");
            let Outcome::Good { found } = examine(Some(&figures)).outcome else { panic!("{figures}") };
            found
        };
        assert_eq!(said("cordboard_sound_runs_first 1"), "the running server's run before all others");
        assert!(
            said("cordboard_sound_runs_first 0").starts_with("the running server's run like all others; ")
        );
        assert!(
            said("cordboard_calls_live 1").starts_with("those of a server with this command's limits run ")
        );
    }
}
