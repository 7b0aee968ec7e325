//! First voices of a chain that are lost while they speak, and accept connections silently while they are gone. In a share of the worlds that have a
//! chain: the caller has heard everything that was sent before the next voice takes over.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::Plan;

/// Mixed into the seed, so that these draws don't change the other parts of a plan.
const CHANCE: u64 = 0x3073_0000_0000_0001;
/// Of the worlds that have a chain, the share whose first voice is lost this way.
const WORLDS: f64 = 0.6;
/// Share of the long enough answers to callers' turns that are lost this way.
const ANSWERS: f64 = 0.3;
/// Least duration of such an answer, and least length of it that is sent, in ms.
const LONG_MS: u64 = 1_200;
const SENT_MS: u64 = 600;

/// Has the first voice be lost this way in some worlds.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if plan.second.is_none() || !chance.random_bool(WORLDS) {
        return;
    }
    plan.script.is_mute_when_gone = true;
    for answer in plan.script.turns.iter_mut().filter(|answer| answer.length_ms > LONG_MS) {
        if answer.lost_after_ms.is_none() && chance.random_bool(ANSWERS) {
            answer.lost_after_ms = Some(chance.random_range(SENT_MS..answer.length_ms));
            answer.gone_ms = Some(chance.random_range(2_000..6_000));
            // The caller soon hears what is sent: the next voice comes after they have heard all of it.
            answer.is_slow = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn some_chains_lose_their_first_voice_silently() {
        let plans: Vec<Plan> = (0..300).map(|seed| plan(seed, Size::USUAL)).collect();
        let is_mute = |plan: &&Plan| plan.script.is_mute_when_gone;
        let (mute, others): (Vec<&Plan>, Vec<&Plan>) =
            plans.iter().filter(|plan| plan.second.is_some()).partition(is_mute);
        assert!(mute.len() > 5 && others.len() > 5, "{} and {}", mute.len(), others.len());
        assert!(!plans.iter().filter(|plan| plan.second.is_none()).any(|plan| is_mute(&plan)));
        for plan in mute {
            let is_cut_slowly = |answer: &crate::plan::AnswerPlan| {
                answer.is_slow && answer.gone_ms.is_some() && answer.lost_after_ms < Some(answer.length_ms)
            };
            assert!(plan.script.turns.iter().any(is_cut_slowly), "seed {}", plan.seed);
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
        }
    }
}
