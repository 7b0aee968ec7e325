//! Calls that a program orders over Twilio, in some of the worlds with a number at Twilio.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::SENTENCES;
use crate::plan::{CALLED, Happening, Line, OrderRoute, PhonePlan, Plan, Timed};

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x7314_110D_0000_0001;
/// Of the worlds with a number at Twilio, the share that has orders.
const SHARE: f64 = 0.6;
/// Number of the first order: a world may also have orders over a FreeSWITCH.
const FIRST: u32 = 10;

/// Adds orders to some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if !plan.has_line(Line::Twilio) || !chance.random_bool(SHARE) {
        return;
    }
    let last_ms = plan.length_ms.saturating_sub(8_000).max(2_001);
    for order in FIRST..FIRST + chance.random_range(1..4) {
        let at_ms = chance.random_range(2_000..last_ms);
        let over = if chance.random_bool(0.5) { OrderRoute::Http } else { OrderRoute::ControlSocket };
        let is_repeated = chance.random_bool(0.3);
        let phone = phone(&mut chance);
        let what = Happening::OrdersAtTwilio { order, over, is_repeated, phone };
        plan.happenings.push(Timed { at_ms, what });
        for _ in 0..chance.random_range(0..3) {
            let at_ms = (at_ms + chance.random_range(2_000..8_000)).min(plan.length_ms);
            let sentence = chance.random_range(0..SENTENCES);
            plan.happenings.push(Timed { at_ms, what: Happening::Says { caller: CALLED + order, sentence } });
        }
    }
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

fn phone(chance: &mut StdRng) -> PhonePlan {
    match chance.random_range(0..10) {
        0..6 => PhonePlan::Answers {
            after_ms: chance.random_range(100..3_000),
            leaves_after_ms: chance.random_bool(0.8).then(|| chance.random_range(500..8_000)),
        },
        6 | 7 => PhonePlan::Busy,
        8 => PhonePlan::Declines,
        _ => PhonePlan::Rings,
    }
}

#[cfg(test)]
mod tests {
    use crate::generate::{Size, plan};
    use crate::plan::{Line, Plan};

    #[test]
    fn only_some_worlds_with_a_number_have_orders() {
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) = plans
            .iter()
            .filter(|plan| plan.has_line(Line::Twilio))
            .partition(|plan| plan.has_orders_at_twilio());
        assert!(!with.is_empty() && !without.is_empty(), "{} and {}", with.len(), without.len());
        let is_without_number = |plan: &&Plan| !plan.has_line(Line::Twilio);
        assert!(!plans.iter().filter(is_without_number).any(Plan::has_orders_at_twilio));
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
        }
    }
}
