//! From a plan that breaks a promise to a shorter one that still breaks it.

use std::time::{Duration, Instant};

use crate::plan::Plan;

/// Leaves out what can be left out, as long as `fails` and there is time: callers first, then halves, then single happenings.
pub fn shrink(plan: &Plan, limit: Duration, mut fails: impl FnMut(&Plan) -> bool) -> Plan {
    let began = Instant::now();
    let mut shortest = plan.clone();
    let mut try_out = |shortest: &mut Plan, candidate: Plan| {
        let is_shorter = candidate.happenings.len() < shortest.happenings.len()
            || candidate.length_ms < shortest.length_ms;
        if is_shorter && began.elapsed() < limit && fails(&candidate) {
            *shortest = candidate;
            return true;
        }
        false
    };
    // Half of the callers, a quarter of them, one by one.
    let mut pieces = 2;
    loop {
        let callers = shortest.callers();
        let length = callers.len().div_ceil(pieces).max(1);
        let mut went = false;
        for left_out in callers.chunks(length) {
            let candidate = shortest
                .without(|_, timed| timed.what.caller().is_some_and(|caller| left_out.contains(&caller)));
            went |= try_out(&mut shortest, candidate);
        }
        if length == 1 && !went {
            break;
        }
        if length > 1 && !went {
            pieces *= 2;
        }
        if began.elapsed() >= limit {
            break;
        }
    }
    let mut length = shortest.happenings.len().div_ceil(2).max(1);
    loop {
        let (mut from, mut went) = (0, false);
        while from < shortest.happenings.len() {
            let until = from + length;
            let candidate = shortest.without(|at, _| (from..until).contains(&at));
            if try_out(&mut shortest, candidate) {
                went = true;
            } else {
                from = until;
            }
        }
        if began.elapsed() >= limit || length == 1 && !went {
            break;
        }
        if !went || length > 1 {
            length = length.div_ceil(2);
        }
    }
    // Nothing happens behind the last happening but the end.
    let last_ms = shortest.happenings.last().map_or(0, |timed| timed.at_ms);
    for more_ms in [500, 3_000, 10_000] {
        let candidate = Plan { length_ms: last_ms + more_ms, ..shortest.clone() };
        if try_out(&mut shortest, candidate) {
            break;
        }
    }
    shortest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};
    use crate::plan::Happening;

    #[test]
    fn what_has_no_part_in_it_is_left_out() {
        let long = plan(3, Size::USUAL);
        let of = |plan: &Plan, number: u32| {
            plan.happenings.iter().filter(|timed| timed.what.caller() == Some(number)).count()
        };
        assert!(of(&long, 4) > 1 && of(&long, 7) > 0);
        // It takes two callers, and one of them has to do something.
        let calls = |plan: &Plan, number: u32| plan.callers().contains(&number);
        let short = shrink(&long, Duration::from_secs(60), |plan| calls(plan, 4) && calls(plan, 7));
        assert_eq!(short.happenings.len(), 2);
        assert!(short.happenings.iter().all(|timed| matches!(timed.what, Happening::Calls { .. })));
        assert!(short.length_ms < long.length_ms);
    }
}
