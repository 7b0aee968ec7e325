//! Agents who ask a colleague, a queue or somebody at a telephone about their caller, in some of the worlds that have agents.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{ConsultPlan, ConsultWish, Consulted, Happening, Plan};

/// Tells its chance from that of the other parts of a plan: they stay as they are.
const CHANCE: u64 = 0xC025_0000_0000_0001;
/// Share of the worlds with agents.
const WORLDS: f64 = 0.7;
/// Share of the desks at which calls are taken.
const DESKS: f64 = 0.75;
/// Share of the consultations that ask for a telephone, in worlds that have some.
const PHONES: f64 = 0.45;

/// Adds them to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !chance.random_bool(WORLDS) {
        return;
    }
    let phones = plan.switch.as_ref().map_or(0, |switch| switch.phones.len());
    for timed in &mut plan.happenings {
        if let Happening::DeskOpens { agent, manner } = &mut timed.what
            && manner.takes == Some(true)
            && chance.random_bool(DESKS)
        {
            manner.consult = Some(consult(&mut chance, *agent, phones));
        }
    }
}

fn consult(chance: &mut StdRng, agent: usize, phones: usize) -> ConsultPlan {
    let whom = if phones > 0 && chance.random_bool(PHONES) {
        Consulted::Phone { phone: chance.random_range(0..phones) }
    } else {
        match chance.random_range(0..10) {
            // The first two are colleagues. The third one has none, and asks at their own desk.
            0..8 => Consulted::Colleague { agent: [1, 0, 2][agent % 3] },
            8 => Consulted::Queue,
            _ => Consulted::Nobody,
        }
    };
    let end = match chance.random_range(0..10) {
        0..3 => ConsultWish::Join,
        3..6 => ConsultWish::Complete,
        6..8 => ConsultWish::Cancel,
        _ => ConsultWish::Wait,
    };
    let (after_ms, asks_ms) = (chance.random_range(300..1_800), chance.random_range(300..5_000));
    ConsultPlan { after_ms, whom, asks_ms, end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    fn consults(plan: &Plan) -> Vec<ConsultPlan> {
        let of_desk = |what: &Happening| match what {
            Happening::DeskOpens { manner, .. } => manner.consult,
            _ => None,
        };
        plan.happenings.iter().filter_map(|timed| of_desk(&timed.what)).collect()
    }

    #[test]
    fn agents_of_some_worlds_ask_and_end_in_every_way() {
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        let has_desks = |plan: &&Plan| {
            plan.happenings.iter().any(|timed| matches!(timed.what, Happening::DeskOpens { .. }))
        };
        let (with, without): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().filter(has_desks).partition(|plan| !consults(plan).is_empty());
        assert!(with.len() > 30 && without.len() > 15, "{} and {}", with.len(), without.len());
        let all: Vec<ConsultPlan> = with.iter().flat_map(|plan| consults(plan)).collect();
        for end in [ConsultWish::Join, ConsultWish::Complete, ConsultWish::Cancel, ConsultWish::Wait] {
            for is_phone in [false, true] {
                let is_it = |one: &&ConsultPlan| {
                    one.end == end && matches!(one.whom, Consulted::Phone { .. }) == is_phone
                };
                assert!(all.iter().filter(is_it).count() > 3, "{end:?}, by phone {is_phone}");
            }
        }
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
            let asks_by_phone = consults(plan).iter().any(|one| matches!(one.whom, Consulted::Phone { .. }));
            assert!(!asks_by_phone || plan.switch.is_some(), "seed {}", plan.seed);
        }
    }
}
