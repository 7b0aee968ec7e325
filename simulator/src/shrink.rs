//! Shortens a plan that breaks a promise while it still breaks it.

use std::time::{Duration, Instant};

use crate::plan::{Happening, Line, Plan};
use crate::services::ServiceTrouble;

/// Leaves out what can be left out, as long as `fails` is true and there is time: first callers, then halves, then single happenings, then the switch
/// and the services at which nothing happens any more, and followers.
pub fn shrink(plan: &Plan, limit: Duration, fails: impl FnMut(&Plan) -> bool) -> Plan {
    let mut shrinking = Shrinking { shortest: plan.clone(), began: Instant::now(), limit, fails };
    shrinking.callers();
    shrinking.happenings();
    shrinking.parts();
    shrinking.followers();
    shrinking.end();
    shrinking.shortest
}

/// A plan that still fails, and gets shorter.
struct Shrinking<F> {
    shortest: Plan,
    began: Instant,
    limit: Duration,
    fails: F,
}

impl<F: FnMut(&Plan) -> bool> Shrinking<F> {
    /// Takes a shorter plan if it still fails and there is time. Returns whether it was taken.
    fn try_out(&mut self, candidate: Plan) -> bool {
        let is_shorter = candidate.happenings.len() < self.shortest.happenings.len()
            || candidate.length_ms < self.shortest.length_ms
            || parts(&candidate) < parts(&self.shortest);
        if is_shorter && !self.is_late() && (self.fails)(&candidate) {
            self.shortest = candidate;
            return true;
        }
        false
    }

    fn is_late(&self) -> bool {
        self.began.elapsed() >= self.limit
    }

    /// Tries to leave out half of the callers, a quarter of them, and each one.
    fn callers(&mut self) {
        let mut pieces = 2;
        loop {
            let callers = self.shortest.callers();
            let length = callers.len().div_ceil(pieces).max(1);
            let mut went = false;
            for left_out in callers.chunks(length) {
                let is_theirs = |caller| left_out.contains(&caller);
                let candidate = self.shortest.without(|_, timed| timed.what.caller().is_some_and(is_theirs));
                went |= self.try_out(candidate);
            }
            if length == 1 && !went {
                break;
            }
            if length > 1 && !went {
                pieces *= 2;
            }
            if self.is_late() {
                break;
            }
        }
    }

    /// Tries to leave out half of the happenings, a quarter of them, and each one.
    fn happenings(&mut self) {
        let mut length = self.shortest.happenings.len().div_ceil(2).max(1);
        loop {
            let (mut from, mut went) = (0, false);
            while from < self.shortest.happenings.len() {
                let until = from + length;
                let candidate = self.shortest.without(|at, _| (from..until).contains(&at));
                if self.try_out(candidate) {
                    went = true;
                } else {
                    from = until;
                }
            }
            if self.is_late() || length == 1 && !went {
                break;
            }
            if !went || length > 1 {
                length = length.div_ceil(2);
            }
        }
    }

    /// Tries to leave out the switch, and services at which nothing happens any more.
    fn parts(&mut self) {
        let leave_out: [fn(&mut Plan); 5] = [
            |plan| {
                if !has(plan, is_at_switch) {
                    plan.switch = None;
                }
            },
            |plan| plan.services.mail &= has(plan, is_about_mail),
            |plan| plan.services.redis &= has(plan, is_at_redis),
            // A model that requests one of these is then refused.
            |plan| plan.services.texts &= plan.has_trouble_of_texts(),
            |plan| plan.services.bookings = false,
        ];
        for leave_out in leave_out {
            let mut candidate = self.shortest.clone();
            leave_out(&mut candidate);
            self.try_out(candidate);
        }
    }

    /// Tries to leave out the followers, and then their losses of connections, one by one.
    fn followers(&mut self) {
        for at in (0..self.shortest.followers.len()).rev() {
            let mut candidate = self.shortest.clone();
            candidate.followers.remove(at);
            if self.try_out(candidate) {
                continue;
            }
            let cuts = self.shortest.followers.get(at).map_or(0, |follower| follower.cuts.len());
            for cut in (0..cuts).rev() {
                let mut candidate = self.shortest.clone();
                candidate.followers[at].cuts.remove(cut);
                self.try_out(candidate);
            }
        }
    }

    /// Tries to end the plan at its last happening.
    fn end(&mut self) {
        let last_ms = self.shortest.happenings.last().map_or(0, |timed| timed.at_ms);
        for more_ms in [500, 3_000, 10_000] {
            let candidate = Plan { length_ms: last_ms + more_ms, ..self.shortest.clone() };
            if self.try_out(candidate) {
                break;
            }
        }
    }
}

/// Counts the parts of a plan in which things happen.
fn parts(plan: &Plan) -> usize {
    let services = &plan.services;
    let parts = [plan.switch.is_some(), services.mail, services.redis, services.texts, services.bookings];
    let of_followers: usize = plan.followers.iter().map(|follower| 1 + follower.cuts.len()).sum();
    parts.into_iter().filter(|is_there| *is_there).count() + of_followers
}

fn has(plan: &Plan, is_it: fn(&Happening) -> bool) -> bool {
    plan.happenings.iter().any(|timed| is_it(&timed.what))
}

fn is_at_switch(what: &Happening) -> bool {
    matches!(what, Happening::AtSwitch { .. } | Happening::Calls { line: Line::Freeswitch, .. })
}

fn is_about_mail(what: &Happening) -> bool {
    matches!(what, Happening::Invites { .. } | Happening::Service { trouble: ServiceTrouble::Mail(_), .. })
}

fn is_at_redis(what: &Happening) -> bool {
    matches!(what, Happening::Service { trouble: ServiceTrouble::Redis(_), .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn irrelevant_callers_and_happenings_are_left_out() {
        let long = plan(3, Size::USUAL);
        let of = |plan: &Plan, number: u32| {
            plan.happenings.iter().filter(|timed| timed.what.caller() == Some(number)).count()
        };
        assert!(of(&long, 4) > 1 && of(&long, 7) > 0);
        // It needs two callers, and one of them has to act.
        let calls = |plan: &Plan, number: u32| plan.callers().contains(&number);
        let short = shrink(&long, Duration::from_secs(60), |plan| calls(plan, 4) && calls(plan, 7));
        assert_eq!(short.happenings.len(), 2);
        assert!(short.happenings.iter().all(|timed| matches!(timed.what, Happening::Calls { .. })));
        assert!(short.length_ms < long.length_ms);
    }

    #[test]
    fn irrelevant_followers_and_losses_are_left_out() {
        use crate::plan::FollowerKind;

        let has = |plan: &Plan, kind: FollowerKind, cuts: usize| {
            plan.followers.iter().any(|one| one.kind == kind && one.cuts.len() >= cuts)
        };
        let has_both = |plan: &Plan| has(plan, FollowerKind::Program, 0) && has(plan, FollowerKind::Page, 2);
        let size = Size { calls: 4, arrivals_ms: 8_000, call_ms: 12_000 };
        let long = (0..500).map(|seed| plan(seed, size)).find(has_both).unwrap_or_else(|| plan(0, size));
        let short = shrink(&long, Duration::from_secs(60), |plan| has(plan, FollowerKind::Page, 1));
        let left: Vec<(FollowerKind, usize)> =
            short.followers.iter().map(|one| (one.kind, one.cuts.len())).collect();
        assert_eq!(left, [(FollowerKind::Page, 1)]);
    }

    #[test]
    fn a_switch_and_services_without_happenings_are_left_out() {
        let has_all = |plan: &Plan| plan.switch.is_some() && plan.services.mail && plan.services.redis;
        let size = Size { calls: 8, arrivals_ms: 8_000, call_ms: 12_000 };
        let long = (0..5_000).map(|seed| plan(seed, size)).find(has_all);
        let long = long.unwrap_or_else(|| plan(0, size));
        assert!(has_all(&long), "no world has all of them");
        let limit = Duration::from_secs(60);
        let has_mail = |plan: &Plan| has(plan, is_about_mail);
        let short = shrink(&long, limit, has_mail);
        assert_eq!((short.switch.is_some(), short.services.mail, short.services.redis), (false, true, false));
        let is_at_switch = |plan: &Plan| has(plan, is_at_switch);
        let short = shrink(&long, limit, is_at_switch);
        assert_eq!((short.switch.is_some(), short.services.mail, short.services.redis), (true, false, false));
    }
}
