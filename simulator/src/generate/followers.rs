//! Programs and pages that only follow calls, in a share of the worlds. They change nothing, so they are in worlds with every kind of fault. They
//! lose their connections at any moment, also around the ends of the server's lives.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{CutPlan, FollowerKind, FollowerPlan, Plan};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0xF011_0000_0000_0001;
/// Share of the worlds that have followers.
const WORLDS: f64 = 0.5;
/// For each kind of follower, the share of the worlds with followers that have this kind.
const OF_A_KIND: f64 = 0.8;
/// Share of the ends of lives around which a follower also loses its connection.
const AROUND_ENDS: f64 = 0.4;
/// Time from such a loss to the end of the life, in ms.
const BEFORE_END_MS: u64 = 1_500;

/// Adds followers to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !chance.random_bool(WORLDS) {
        return;
    }
    for kind in [FollowerKind::Program, FollowerKind::Page] {
        if chance.random_bool(OF_A_KIND) {
            let follower = follower(&mut chance, plan, kind);
            plan.followers.push(follower);
        }
    }
}

fn follower(chance: &mut StdRng, plan: &Plan, kind: FollowerKind) -> FollowerPlan {
    // Most callers call the first organization.
    let organization = usize::from(chance.random_bool(0.2));
    let opens_ms = if chance.random_bool(0.5) { 0 } else { chance.random_range(0..plan.length_ms / 2) };
    let mut cuts = Vec::new();
    for _ in 0..chance.random_range(1..6) {
        let at_ms = chance.random_range(500..plan.length_ms);
        cuts.push(CutPlan { at_ms, away_ms: away_ms(chance) });
    }
    for timed in plan.happenings.iter().filter(|timed| timed.what.ends_a_life()) {
        if chance.random_bool(AROUND_ENDS) {
            let at_ms = timed.at_ms.saturating_sub(chance.random_range(0..BEFORE_END_MS));
            cuts.push(CutPlan { at_ms, away_ms: away_ms(chance) });
        }
    }
    cuts.sort_by_key(|cut| cut.at_ms);
    FollowerPlan { kind, organization, opens_ms, cuts }
}

/// Draws for how long a follower is away: mostly not at all, sometimes some seconds.
fn away_ms(chance: &mut StdRng) -> u64 {
    if chance.random_bool(0.6) { chance.random_range(1..400) } else { chance.random_range(400..6_000) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn adding_followers_changes_nothing_else_in_a_plan() {
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().partition(|plan| !plan.followers.is_empty());
        assert!(with.len() > 40 && without.len() > 40, "{} and {}", with.len(), without.len());
        for kind in [FollowerKind::Program, FollowerKind::Page] {
            let count = with.iter().filter(|plan| plan.followers.iter().any(|one| one.kind == kind)).count();
            assert!(count > 40, "{kind:?} in {count}");
        }
        for plan in with {
            assert!(plan.followers.iter().all(|one| one.cuts.is_sorted_by_key(|cut| cut.at_ms)));
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
            let mut again = Plan { followers: Vec::new(), ..plan.clone() };
            add(&mut again);
            assert_eq!(&again, plan, "followers have draws of their own and change nothing else");
        }
    }
}
