//! Other providers of the second voice than Gemini, in a share of the worlds that have a chain.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{Plan, SecondVoice};

/// Tells its chance from that of the other parts of a plan: they stay as they are.
const CHANCE: u64 = 0x701C_0000_0000_0001;
/// Share of the worlds that have a chain.
const WORLDS: f64 = 0.6;

/// Gives some chains another second voice.
pub(super) fn add(plan: &mut Plan) {
    const OTHERS: [SecondVoice; 3] = [SecondVoice::Deepgram, SecondVoice::Elevenlabs, SecondVoice::Cascade];
    let mut chance = StdRng::seed_from_u64(plan.seed ^ CHANCE);
    if plan.second.is_some() && chance.random_bool(WORLDS) {
        plan.second_voice = OTHERS[chance.random_range(0..OTHERS.len())];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn chains_have_each_second_voice_and_worlds_without_none() {
        let plans: Vec<Plan> = (0..400).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) = plans.iter().partition(|plan| plan.second.is_some());
        for voice in SecondVoice::ALL {
            let count = with.iter().filter(|plan| plan.second_voice == voice).count();
            assert!(count > 5, "{count} of {} chains with {voice:?}", with.len());
        }
        assert!(without.iter().all(|plan| plan.second_voice == SecondVoice::Gemini));
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
        }
    }
}
